import type {
  Block,
  CodecChoice,
  Lane,
  OpenRequest,
  ScannedBlock,
  SealRequest,
  SealedSegment,
  SegmentKind,
} from '../src/contract/lane.ts'
import type { SuiteId } from '../src/contract/suite.ts'
import { portableCodecs } from '../src/codec/table.ts'
import { portableCrypto } from '../src/crypto/portable.ts'
import { type SegmentRole, roles } from '../src/format/descriptor.ts'
import { encodeHeader } from '../src/format/header.ts'
import { unitNamer } from '../src/format/unit-id.ts'
import { inlineLanes } from '../src/lane/inline-lanes.ts'
import type { LaneTools } from '../src/lane/tools.ts'
import { nodeLaneTools } from '../src/node/lane-tools.ts'

/** Keys and headers for tests of lanes; none is secret. */
export const unitKey: Uint8Array = new Uint8Array(32).fill(1)
export const objectKey: Uint8Array = new Uint8Array(32).fill(2)

export function headerOf(suite: SuiteId): Uint8Array {
  return encodeHeader({
    kind: 'pack',
    suite,
    epoch: 1,
    repository: new Uint8Array(16).fill(3),
    salt: new Uint8Array(32).fill(4),
  })
}

let blocks = 0

/** A block of data in memory that is cut into pages, unless told otherwise. */
export function blockOf(bytes: Uint8Array, more: Partial<Block> = {}): Block {
  return {
    id: ++blocks,
    role: 'data',
    bytes: { kind: 'memory', bytes },
    cut: { kind: 'pages', unitLength: 512 },
    remember: false,
    ...more,
  }
}

export function sealRequest(
  suite: SuiteId,
  segment: SegmentKind,
  codec: CodecChoice,
  more: Partial<SealRequest> = {},
): SealRequest {
  const role = segment.startsWith('data') ? roles.data : roles.list
  const flags = segment.endsWith('delta') ? 4 : 0
  return { segment, objectKey, header: headerOf(suite), ordinal: 5, role, flags, codec, ...more }
}

export function openRequest(
  suite: SuiteId,
  { descriptor, stored }: SealedSegment,
  more: Partial<OpenRequest> = {},
): OpenRequest {
  return { suite, objectKey, header: headerOf(suite), descriptor, stored, ...more }
}

/** Scans a block and seals all units that changed. */
export async function sealed(
  lane: Lane,
  suite: SuiteId,
  codec: CodecChoice,
  block: Block,
  segment: SegmentKind = block.role,
): Promise<{ scanned: ScannedBlock; segment: SealedSegment }> {
  const scanned = await lane.scan(block)
  lane.take({ block: block.id, segment, positions: scanned.changed.map((_, position) => position) })
  lane.release(block.id)
  return { scanned, segment: await lane.seal(sealRequest(suite, segment, codec)) }
}

/** One lane in the thread of its caller. */
export function laneOf(tools: LaneTools, suite: SuiteId = 1): Lane {
  return inlineLanes(tools, { suite, unitKey, workers: 0 }).lanes[0]!
}

export const portableTools = (): LaneTools => ({ crypto: portableCrypto, codecs: portableCodecs })

/** For tables of tests: what both runtimes work with. */
export const runtimes: readonly (readonly [name: string, tools: () => LaneTools])[] = [
  ['portable', portableTools],
  ['node', nodeLaneTools],
]

export function idsOf(units: readonly Uint8Array[], role: SegmentRole = roles.data): Uint8Array {
  const ids = new Uint8Array(units.length * 16)
  units.forEach((unit, at) => unitNamer(portableCrypto, unitKey).name(role, unit, ids, at * 16))
  return ids
}

export function pagesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / 512) }, (_, at) =>
    bytes.slice(at * 512, (at + 1) * 512),
  )
}
