/** Texts, one after the other: thousands of them cost as much as one. */
export interface Texts {
  readonly joined: string
  /** Where each of them ends. */
  readonly ends: Uint32Array
}

export function textsOf(texts: readonly string[]): Texts {
  const ends = new Uint32Array(texts.length)
  let end = 0
  for (let at = 0; at < texts.length; at++) ends[at] = end += texts[at]!.length
  return { joined: texts.join(''), ends }
}

export function textAt({ joined, ends }: Texts, at: number): string {
  return joined.slice(at === 0 ? 0 : ends[at - 1]!, ends[at]!)
}
