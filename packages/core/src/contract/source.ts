import type { Plugin } from './version.ts'
import type { Runtime } from './runtime.ts'
import type { ItemUnit } from './items.ts'

/**
 * Where data comes from, and how it goes back.
 *
 * A source owes one thing above all: what it hands out is one consistent state, and it says *complete* only when it
 * is. A dump that broke off, a copy that was overtaken by a writer, can never become a snapshot.
 *
 * To write one, implement `open` and `restore` and run `sourceSuite` from `@backup/core/testing` against it.
 */
export interface BackupSource extends Plugin {
  /** What is backed up, for people and for messages: usually a path or database name, never a secret. */
  readonly label: string

  /** Sources that only exist on Node bring the fast Node runtime with them. */
  readonly runtime?: Runtime

  /** It understands `only`: single files or other parts of a snapshot can be restored. */
  readonly selective?: boolean

  /** Names of the sources that it is made of, each with a place of its own: it understands `places`. */
  readonly parts?: readonly string[]

  /**
   * Takes a consistent view.
   *
   * @throws `source` when no consistent view can be had; `busy` when it may work later.
   */
  open(context: SourceContext): Promise<SourceSnapshot>

  /** Prepares the way back. Nothing that exists is touched before `commit`. */
  restore(context: RestoreContext): Promise<RestoreSink>

  /**
   * Whether a restore to this place would go over what is backed up, or into it: another spelling, a link to it, a folder in it.
   * Drills refuse such a place, and restores are careful there. Without this, a place counts as live when it is spelled like `label`.
   *
   * @param part the one that goes there alone, of a source with `parts`
   */
  isLive?(place: string, part?: string): Promise<boolean>
  /** Takes away what a restore made at a place of its own, with all that came to lie beside it. Never called for the live place. */
  discard?(restored: RestoredPlace): Promise<void>
  /**
   * What is in a snapshot, for lists of it and for single files: each folder before what is in it. Without this, streams can be read as they are.
   *
   * @throws `unsupported` when the snapshot is of something else; `corrupt`
   */
  browse?(streams: SnapshotStreams): AsyncIterable<SnapshotEntry>
  /** Looks at what a restore produced, as the source's own world would: `PRAGMA integrity_check`, row counts. */
  check?(restored: RestoredPlace, options: { readonly signal?: AbortSignal }): Promise<CheckResult>
}

/** The streams of a snapshot, to be read. */
export interface SnapshotStreams {
  readonly names: readonly string[]
  read(stream: string): AsyncIterable<Uint8Array>
}

/** Something in a snapshot that has a path: a file, a folder, a link. Plain data. */
export interface SnapshotEntry {
  /** Names with `/` between them; `.` is the root of a tree. */
  readonly path: string
  readonly type: 'file' | 'folder' | 'link'
  /** 0 for what is no file. */
  readonly sizeBytes: number
  /** Permissions, as a number: `0o644`. */
  readonly mode?: number
  readonly modified?: Date
  /** Where a link leads. */
  readonly target?: string
  /** Where the bytes of a file are. */
  readonly content?: { readonly stream: string; readonly offset: number; readonly length: number }
}

export interface SourceContext {
  readonly signal?: AbortSignal
  /** A private folder for temporary files; absent where there are no files. */
  readonly scratch?: string
  /** What the source gave as `state` for this stream in the last snapshot that was committed from here. A cache: may be absent. */
  previousState(stream: string): Promise<Uint8Array | undefined>
  /** Tells the user something that does not stop the run. */
  warn(message: string, hint: string): void
  /** Tells how far it is in what people count: so many more are dealt with, and so many more are to be, where that is known. Cheap. */
  count?(unit: ItemUnit, done: number, expected?: number): void
}

/** One consistent view, open until `close`. */
export interface SourceSnapshot {
  /** The streams of the snapshot; each is read to its end before the next is asked for. */
  streams(): AsyncIterable<SourceStream>
  /** Called after all streams were read: the proof that they belong together. */
  finish(): Promise<ConsistencyProof>
  /** Called in any case. */
  close(): Promise<void>
}

export interface SourceStream {
  /** Unique within the snapshot, stable between snapshots. */
  readonly name: string
  readonly content: StreamContent
}

export type StreamContent = ByteContent | FileContent | ChangedContent | SplicedContent

/** Bytes in order, cut by content. The pieces must not be changed after they were handed out. */
export interface ByteContent {
  readonly kind: 'bytes'
  /** If known, for progress. */
  readonly size?: number
  /** Nobody else will look at a piece, or at any part of its buffer, after it was handed out: its memory is given back at once. */
  readonly given?: true
  read(): AsyncIterable<Uint8Array>
}

/** A local file that nobody writes to until `close`, made of pages. */
export interface FileContent {
  readonly kind: 'file'
  readonly path: string
  readonly size: number
  /** Bytes a page; the unit of deduplication. A power of two from 512 to 65,536. */
  readonly pageBytes: number
}

/** Pages of which the source knows what changed since the state it got: only those are handed out. */
export interface ChangedContent {
  readonly kind: 'changed'
  readonly size: number
  readonly pageBytes: number
  /** All pages in no particular order, or, when `previousState` was given and used, at least those that differ. */
  batches(): AsyncIterable<ChangedPages>
  /** After the last batch: what to hand to the source next time. */
  state(): Uint8Array
  /** Whether pages that are not in a batch are those of the snapshot that `previousState` belongs to. */
  readonly incremental: boolean
}

/** Pages, one after the other, in a local file that stays as it is until `release`, or `close` if there is none. */
export interface ChangedPages {
  readonly path: string
  readonly offset: number
  /** Page numbers, from 0, ascending. */
  readonly pages: Uint32Array
  /** Called once, when the pages were read and will not be read again: their place may be used for others. */
  release?(): void
}

/**
 * Bytes that fall into pieces, as the files of a tree do that are put one after the other. No unit reaches from one piece into
 * the next, so pieces that did not change need not be read again, wherever in the stream they were and are.
 */
export interface SplicedContent {
  readonly kind: 'spliced'
  /** Of the whole stream, if known, for progress. */
  readonly size?: number
  /** In the order of the stream. More are asked for while some are not released yet. */
  parts(): AsyncIterable<FreshPart | KeptPart>
  /** After the last part: what to hand to the source next time. */
  state(): Uint8Array
}

/** One or more whole pieces. A megabyte or so makes the best use of all threads. */
export interface FreshPart {
  readonly kind: 'fresh'
  /** May be shared memory. Not to be changed before `release`, or at all if there is none. */
  readonly bytes: Uint8Array
  /** Lengths of the pieces, which add up to those of the bytes; none is zero. Cut by content, each from its beginning. */
  readonly pieces: Uint32Array
  /** Called once, when nobody will look at the bytes any more. */
  release?(): void
}

/** Pieces of the snapshot that the given `previousState` belongs to, which are as they were then. */
export interface KeptPart {
  readonly kind: 'kept'
  /** In the stream of that snapshot: where a piece began. */
  readonly offset: number
  /** To where a piece ended. */
  readonly length: number
}

/** What makes a snapshot trustworthy; goes into the commit. Without `complete: true` there is none. */
export interface ConsistencyProof {
  readonly complete: boolean
  /**
   * What the source found wrong with the data itself, in words for people, one finding a line. The snapshot is made all the same, for it
   * may be all there is; but it takes the place of no sound one, and retention drops none while it is the newest.
   */
  readonly suspect?: string
  readonly [fact: string]: string | number | boolean | null | undefined
}

export interface RestoreContext {
  readonly signal?: AbortSignal
  /** Where to, in the source's own terms; the live place when absent. */
  readonly to?: string
  /** Where each part goes, for a source with `parts`: those that are not named are left out. */
  readonly places?: Readonly<Record<string, string>>
  /** Which of what is in the snapshot, in the source's own terms, for a `selective` source; everything when absent. */
  readonly only?: readonly string[]
  /** Replace what is there. */
  readonly overwrite: boolean
  /** Proof recorded with the snapshot. */
  readonly proof: ConsistencyProof
  readonly scratch?: string
  warn(message: string, hint: string): void
  /** As in {@link SourceContext}. */
  count?(unit: ItemUnit, done: number, expected?: number): void
}

/** The way back for one snapshot. */
export interface RestoreSink {
  /** Bytes needed and free at the place where the data will go; absent values are unknown. */
  space?(bytes: number): Promise<{ readonly neededBytes: number; readonly freeBytes?: number }>
  /** Which of the snapshot's streams it needs, in the order in which it needs them; all of them, as they come, when absent. */
  select?(names: readonly string[]): readonly string[]
  open(stream: { readonly name: string; readonly size: number }): Promise<StreamTarget>
  /** Does all of `commit` that takes long or may fail, and shows nothing of it. `commit` does it if nobody has asked for it. */
  prepare?(): Promise<void>
  /** Makes the restored data what is found at the place: all or nothing. */
  commit(): Promise<RestoredPlace>
  /** Leaves no trace. Called instead of `commit` when anything failed. */
  abort(): Promise<void>
}

export type StreamTarget =
  /** A file of the stream's size that the engine fills in any order. */
  | { readonly kind: 'file'; readonly path: string }
  /** Bytes in order; `end` when all were given. */
  | { readonly kind: 'bytes'; write(bytes: Uint8Array): Promise<void>; end(): Promise<void> }
  | ScatteredTarget

/** Takes bytes in any order, each with its place in the stream: for whoever puts them where they belong. */
export interface ScatteredTarget {
  readonly kind: 'scattered'
  /** Is any of these bytes wanted? All are when absent. */
  wants?(offset: number, length: number): boolean
  /**
   * May be called again before it has resolved.
   *
   * @param bytes the target's own from now on
   * @param stretches which of them belong where; those that belong nowhere are to be ignored
   */
  write(bytes: Uint8Array, stretches: readonly Stretch[]): Promise<void>
  /** Everything that was wanted was given. */
  end(): Promise<void>
}

export interface Stretch {
  /** Where it begins in the stream. */
  readonly offset: number
  /** Where it begins in the bytes. */
  readonly start: number
  readonly length: number
}

export interface RestoredPlace {
  /** In the source's own terms. */
  readonly place: string
  /** The application has to reopen what it holds before it sees the restored data. */
  readonly requiresRestart: boolean
  /** What was there before, kept for the way back. */
  readonly safetyCopy?: string
  /** Each part by its name, for a source with `parts`. */
  readonly parts?: Readonly<Record<string, RestoredPlace>>
}

export interface CheckResult {
  readonly ok: boolean
  readonly findings: readonly string[]
  readonly counts?: Readonly<Record<string, number>>
}
