import type { AsJson } from '../wire/as-json.ts'

/** Says of a value what it will be on the other side: answers and events are written as JSON, which makes it so. */
export function asJson<Value>(value: Value): AsJson<Value> {
  return value as unknown as AsJson<Value>
}
