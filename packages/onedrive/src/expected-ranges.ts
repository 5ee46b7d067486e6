import type { Json } from './graph.ts'

/** Bytes that the server still wants; without `last` up to the end. */
export interface ExpectedRange {
  readonly first: number
  readonly last?: number
}

/** The first of the ranges that an upload session says are missing; nothing when it says nothing. */
export function firstExpected(json: Json | undefined): ExpectedRange | undefined {
  const ranges = json?.['nextExpectedRanges']
  if (!Array.isArray(ranges)) return undefined
  return ranges
    .flatMap((range): ExpectedRange[] => {
      const [, first, last] = /^(\d+)-(\d*)$/.exec(String(range)) ?? []
      if (first === undefined) return []
      return [{ first: Number(first), ...(last !== '' && { last: Number(last) }) }]
    })
    .sort((a, b) => a.first - b.first)[0]
}
