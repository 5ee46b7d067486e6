import type { Block, Lane, LaneSetup, OpenRequest, OpenedSegment, ScannedBlock, SealRequest, SealedSegment, Take } from '../contract/lane.ts'
import { gearTable } from '../chunk/gear.ts'
import { unitNamer } from '../format/unit-id.ts'
import { BackupError } from '../errors.ts'
import { openSegment } from './open-segment.ts'
import { scanBlock } from './scan-block.ts'
import type { ScanContext } from './scan-context.ts'
import { sealSegment } from './seal-segment.ts'
import type { Fingerprint, LaneTools } from './tools.ts'
import { segmentBuffers } from './segment-buffers.ts'

/** A lane in the thread of its caller. */
export function createLane(tools: LaneTools, setup: LaneSetup): Lane {
  const { crypto } = tools
  let table: Uint32Array | undefined
  let fingerprinter: Fingerprint | undefined
  const context: ScanContext = {
    ...tools,
    namer: unitNamer(crypto, setup.unitKey),
    chunkers: new Map(),
    // Both cost more than a small backup, and most streams need one of them at most.
    gearTable: () => (table ??= gearTable(crypto, setup.unitKey)),
    spare: [],
    fingerprinter: () => (fingerprinter ??= tools.fingerprint?.(setup.unitKey)),
  }
  const blocks = new Map<number, ReturnType<typeof scanBlock>>()
  const segments = segmentBuffers()

  return {
    async scan(block: Block): Promise<ScannedBlock> {
      const scanned = scanBlock(context, block)
      blocks.set(block.id, scanned)
      return scanned.result
    },
    take(take: Take): void {
      const scanned = blocks.get(take.block)
      if (!scanned) throw new BackupError('permanent', `Lane was asked for block ${take.block}, which it does not hold.`)
      const open = segments.open(take.segment)
      for (const stretch of scanned.stored(take.segment, take.positions)) open.append(stretch)
    },
    release(block: number): void {
      const scanned = blocks.get(block)
      if (!scanned) return
      segments.keepFrom(scanned.buffer)
      scanned.release()
      blocks.delete(block)
    },
    seal(request: SealRequest): Promise<SealedSegment> {
      return sealSegment(tools, setup.suite, request, segments.open(request.segment))
    },
    open(request: OpenRequest): Promise<OpenedSegment> {
      return openSegment(tools, context.namer, request)
    },
    async closeFiles(): Promise<void> {
      tools.files?.close()
    },
  }
}
