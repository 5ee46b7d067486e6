import type { Labels } from './measure.ts'

/** The values of one instrument, one for each combination of labels, in the order in which they came up. */
export interface Series<Value> {
  /** Puts in place what `change` makes of the value, or of `undefined` when there is none. */
  update(labels: Labels, change: (value: Value | undefined) => Value): void
  [Symbol.iterator](): Iterator<readonly [Labels, Value]>
}

export function series<Value>(): Series<Value> {
  const values = new Map<string, readonly [Labels, Value]>()
  return {
    update(labels, change) {
      const key = JSON.stringify(Object.entries(labels))
      values.set(key, [labels, change(values.get(key)?.[1])])
    },
    [Symbol.iterator]: () => values.values(),
  }
}
