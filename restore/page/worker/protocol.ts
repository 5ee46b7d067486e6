/** What the page asks the worker for. One thing at a time. */
export interface Questions {
  /** Files by their paths, as they were picked. */
  open(files: ReadonlyMap<string, Blob>): Opened
  unlock(secret: string): Unlocked
  choose(snapshot: string): Contents
  /** Begins to read an item; `next` gives the parts, until there are no more. */
  begin(item: number, as: Form): void
  next(): Part | undefined
}

export type Question = keyof Questions

export interface Opened {
  /** The folder that holds the repository, below what was picked. */
  readonly root: string
  readonly created: string
  readonly bytes: number
}

export interface Unlocked {
  readonly snapshots: readonly SnapshotView[]
  /** Runs that did not come to their end. */
  readonly incomplete: number
}

export interface SnapshotView {
  readonly id: string
  readonly time: string
  readonly kind: string
  readonly label: string
  readonly note: string
  readonly bytes: number
}

export interface Contents {
  readonly items: readonly Item[]
  /** Packs that snapshots name and that are not here. */
  readonly missing: readonly string[]
}

export interface Item {
  readonly name: string
  /** One that every system takes, other than those of its neighbours. */
  readonly fileName: string
  /** A tree of files in two streams, or a stream as it is. */
  readonly type: 'tree' | 'stream'
  readonly bytes: number
  readonly files?: number
  readonly folders?: number
  readonly links?: number
  /** It cannot be restored: why. */
  readonly damage?: string
}

/** As it is, as an archive, or file by file. */
export type Form = 'stream' | 'tar' | 'entries'

export type Part =
  | { readonly kind: 'folder'; readonly path: string }
  /** Its bytes follow. */
  | { readonly kind: 'file'; readonly path: string; readonly size: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** What a browser cannot make of it. */
  | { readonly kind: 'left'; readonly path: string; readonly why: string }

/** What the worker says without being asked: what is damaged, and what is odd. */
export interface Remark {
  readonly remark: string
}

export type Answer = { readonly answer: unknown } | { readonly stop: string } | { readonly damage: string } | { readonly crash: string }
