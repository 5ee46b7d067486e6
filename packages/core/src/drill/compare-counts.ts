import type { CheckResult, ConsistencyProof } from '../contract/source.ts'

/** Facts of a proof that begin so were counted at backup time: `count:invoices` goes with `invoices` of {@link CheckResult.counts}. */
const prefix = 'count:'

/** What is there in another number than when it was backed up. */
export function compareCounts(proof: ConsistencyProof, { counts = {} }: CheckResult): string[] {
  return Object.entries(proof).flatMap(([fact, expected]) => {
    if (!fact.startsWith(prefix) || typeof expected !== 'number') return []
    const what = fact.slice(prefix.length)
    const found = counts[what]
    if (found === expected) return []
    return [`${what}: ${found ?? 'none'} came back, ${expected} were backed up.`]
  })
}
