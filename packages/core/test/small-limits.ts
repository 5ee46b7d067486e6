import type { limits as real } from '../src/write/limits.ts'

/**
 * The write path's limits, so small that a few hundred kilobytes fill several packs, and that some tables of contents fit into a
 * commit and some do not. Stands in for them with `vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))`.
 */
export const limits: typeof real = {
  packBytes: 64 << 10,
  tableBytes: 1 << 20,
  segmentBytes: 16 << 10,
  pageSegmentBytes: 16 << 10,
  listSegmentBytes: 16 << 10,
  chainLength: 8,
  blocksPerLane: 2,
  sealsPerLane: 2,
  inlineTocBytes: 1 << 10,
}
