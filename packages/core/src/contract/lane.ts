import type { CodecId, DataShape } from './codec.ts'
import type { SuiteId } from './suite.ts'

/**
 * A lane does the work that costs CPU, for one stretch of data at a time: read, compare, name, compress, seal, prove,
 * and the same road back. The engine keeps all decisions (what is fresh, which pack) and several lanes busy. On Node a
 * lane is a worker thread; elsewhere it is the caller's own.
 *
 * Calls to one lane are carried out in the order they were made.
 */
export interface Lane {
  /** Reads a block, and says which of its units changed and what their ids are. The block stays in the lane until `release`. */
  scan(block: Block): Promise<ScannedBlock>
  /** Appends units of a scanned block to the lane's open segment of that kind. */
  take(take: Take): void
  /** Forgets a scanned block. */
  release(block: number): void
  /** Compresses, encrypts, opens again and compares the open segment; it is empty afterwards. */
  seal(request: SealRequest): Promise<SealedSegment>
  /** Opens a sealed segment and puts its units where they belong, or returns its plain bytes. */
  open(request: OpenRequest): Promise<OpenedSegment>
  /** Writes what still waits for that, and lets go of files opened on behalf of blocks and targets. */
  closeFiles(): Promise<void>
}

export interface Lanes {
  readonly lanes: readonly Lane[]
  close(): Promise<void>
}

/** What every lane of a run knows. Keys stay inside the process. */
export interface LaneSetup {
  readonly suite: SuiteId
  /** The key from which unit ids come: K in FORMAT.md §9. */
  readonly unitKey: Uint8Array
  readonly workers: number
}

/** A lane gathers one segment of each kind at a time: units of data or of lists, as they are or as deltas. */
export type SegmentKind = 'data' | 'data-delta' | 'list' | 'list-delta'

export interface Block {
  /** Number by which the engine refers to it. */
  readonly id: number
  readonly role: 'data' | 'list'
  readonly bytes: BlockBytes
  /** How the block falls into units. */
  readonly cut: BlockCut
  /** Fast hashes of the units in the last snapshot, 16 bytes each; all units count as changed without. */
  readonly known?: Uint8Array
  /** Compute fast hashes for the next run. */
  readonly remember: boolean
  /** Previous versions of the units, for deltas. */
  readonly bases?: BlockBases
}

export type BlockBytes =
  /** `given`: they are the lane's own from now on, all of their buffer, which is moved and not copied. */
  | { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly given?: true }
  | { readonly kind: 'file'; readonly path: string; readonly offset: number; readonly length: number }

export type BlockCut =
  | { readonly kind: 'pages'; readonly unitLength: number }
  | { readonly kind: 'lengths'; readonly lengths: Uint32Array }
  /** By content. Blocks of one stream come in order to one lane, which carries what is left over into the next. */
  | { readonly kind: 'gear'; readonly stream: number; readonly limits: GearLimits; readonly last: boolean }
  /** By content, each of the pieces from its beginning. The block is made of whole pieces, so any lane will do. */
  | { readonly kind: 'pieces'; readonly limits: GearLimits; readonly pieces: Uint32Array }

/** Bounds of content-defined chunks, in bytes. The average is a power of two. */
export interface GearLimits {
  readonly minBytes: number
  readonly averageBytes: number
  readonly maxBytes: number
}

/** Previous versions of the units. A file with them is only a cache: it is believed only where the id agrees. */
export interface BlockBases {
  readonly from: { readonly kind: 'memory'; readonly bytes: Uint8Array } | { readonly kind: 'file'; readonly path: string }
  /** Position of each unit's previous version. */
  readonly offsets: Float64Array
  /** Ids of the previous versions, 16 bytes each; zero where there is none. */
  readonly ids: Uint8Array
  /** Write changed units to their place in the file, for the next run. */
  readonly update: boolean
}

export interface ScannedBlock {
  /** Units in the block. */
  readonly units: number
  /** Ordinals within the block of the units that changed, ascending. */
  readonly changed: Uint32Array
  /** Ids of the changed units, 16 bytes each. */
  readonly ids: Uint8Array
  /** Lengths of the changed units. */
  readonly lengths: Uint32Array
  /** Fast hashes of all units, if asked for. */
  readonly hashes?: Uint8Array
  /** For each changed unit the length of its delta program, or 0 if there is none worth while. */
  readonly deltas?: Uint32Array
  /** Why `bases.update` could not be carried out to the end. */
  readonly updateFailed?: string
}

export interface Take {
  readonly block: number
  readonly segment: SegmentKind
  /** Positions in `changed` of the units to append. */
  readonly positions: Uint32Array
}

export interface SealRequest {
  readonly segment: SegmentKind
  /** Key of the object the segment is for, and its 64-byte header. */
  readonly objectKey: Uint8Array
  readonly header: Uint8Array
  readonly ordinal: number
  readonly role: number
  /** Bits 1 and 2 of the descriptor's flags. */
  readonly flags: number
  readonly codec: CodecChoice
}

/** `auto` measures; otherwise a codec and its level. Data that does not shrink is always stored as it is. */
export interface CodecChoice {
  readonly codec: CodecId | 'auto'
  readonly level?: number
  readonly shape?: DataShape
}

export interface SealedSegment {
  readonly descriptor: Uint8Array
  /** Ciphertext and tag. */
  readonly stored: Uint8Array
  readonly plainLength: number
}

export interface OpenRequest {
  readonly suite: SuiteId
  readonly objectKey: Uint8Array
  readonly header: Uint8Array
  readonly descriptor: Uint8Array
  readonly stored: Uint8Array
  /** Write units to a file. */
  readonly placements?: Placements
  /** Only look whether every unit is what its id says. Without this and `placements` the plain bytes are returned. */
  readonly check?: UnitCheck
}

/** The units of a segment, as its pack's table of contents tells. */
export interface UnitCheck {
  readonly role: number
  readonly lengths: number | Uint32Array
  /** In segments with deltas: for each unit 1 if it is a program; of those only the form can be checked here. */
  readonly programs?: Uint8Array
  readonly ids: Uint8Array
}

/** Where units of a segment go. */
export interface Placements {
  readonly path: string
  /** Lengths of all units of the segment; one number when all have the same. */
  readonly lengths: number | Uint32Array
  /** In segments with deltas: for each unit 1 if it is a program to be run on a base. */
  readonly programs?: Uint8Array
  /** Ordinals of the units to place, ascending; a unit may occur more than once. */
  readonly units: Uint32Array
  /** Position in the file for each of `units`. A program finds its base there, and is replaced by its result. */
  readonly to: Float64Array
  /** 16 bytes for each of `units`: ids that the results must have. Not needed where the segment's own seal vouches. */
  readonly ids?: Uint8Array
}

export interface OpenedSegment {
  /** The plain bytes, when no placements were given. */
  readonly plain?: Uint8Array
  readonly writtenBytes: number
}
