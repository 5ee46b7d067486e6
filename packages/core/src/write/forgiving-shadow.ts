import type { Block, Lane } from '../contract/lane.ts'
import type { RunContext } from '../track/run.ts'

/**
 * Lanes that keep no more previous versions once one of them failed to: that costs later runs their deltas, and this run nothing. A file
 * that was brought up to date in part does no harm, because each version in it is believed only if its id agrees.
 */
export function forgivingShadow(lanes: readonly Lane[], warn: RunContext['warn']): Lane[] {
  let failed = false
  return lanes.map((lane) => ({
    ...lane,
    async scan(block) {
      const scanned = await lane.scan(failed ? withoutUpdate(block) : block)
      if (scanned.updateFailed !== undefined && !failed) {
        failed = true
        warn(
          `Previous versions of pages cannot be kept: ${scanned.updateFailed}`,
          'This snapshot is not concerned. The next one stores whole pages where it finds no previous version.',
        )
      }
      return scanned
    },
  }))
}

function withoutUpdate(block: Block): Block {
  return block.bases ? { ...block, bases: { ...block.bases, update: false } } : block
}
