import type { Texts } from './texts.ts'
import type { Written } from './written.ts'

/** What the host asks of a thread, and what it answers. A thread knows nothing but files: what they mean is the host's business. */
export interface Jobs {
  readonly walk: { readonly job: WalkJob; readonly result: WalkResult }
  readonly read: { readonly job: ReadJob; readonly result: ReadFiles }
  readonly make: { readonly job: MakeJob; readonly result: void }
  readonly write: { readonly job: WriteJob; readonly result: void }
  readonly finish: { readonly job: FinishJob; readonly result: string[] }
  readonly compare: { readonly job: CompareJob; readonly result: string[] }
  readonly carry: { readonly job: CarryJob; readonly result: void }
}

export type Request = { [Name in keyof Jobs]: { readonly call: number; readonly name: Name; readonly job: Jobs[Name]['job'] } }[keyof Jobs]

export interface Reply {
  readonly call: number
  /** One of several answers; the last comes without. */
  readonly part?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly path: string; readonly message: string }
}

export const kinds = { folder: 0, file: 1, link: 2 } as const

/** Some entries of a tree, column by column: an object for each of 200,000 would be most of the memory. */
export interface Entries {
  readonly count: number
  /** Below the roots, with `/`; `.` is the only root itself. */
  readonly paths: Texts
  readonly kinds: Uint8Array
  readonly modes: Uint32Array
  readonly uids: Uint32Array
  readonly gids: Uint32Array
  /** Nanoseconds since 1970. */
  readonly mtimes: BigInt64Array
  readonly ctimes: BigInt64Array
  readonly inodes: BigUint64Array
  readonly sizes: Float64Array
  /** 1 for a file with holes. */
  readonly sparse: Uint8Array
  /** Where links lead, by their place. */
  readonly targets: Record<number, string>
  /** For each file its place in the state, if it is as it was; -1 otherwise. */
  readonly known: Int32Array
}

/** Of each batch but the last. */
export const batchEntries = 2048

export interface WalkJob {
  /** Names and absolute paths. */
  readonly roots: readonly (readonly [name: string, path: string])[]
  readonly include: readonly string[] | undefined
  readonly exclude: readonly string[]
  /** What was known last time: see `KnownFiles`. */
  readonly state?: Uint8Array
  readonly skipUnreadable: boolean
}

export interface WalkResult {
  /** Sockets, pipes and devices, which have nothing to keep. */
  readonly special: number
  readonly unreadable: readonly { readonly path: string; readonly code: string }[]
}

/** Reads files, or a part of one, into `into`, one after the other. */
export interface ReadJob {
  readonly into: SharedArrayBuffer
  readonly paths: Texts
  readonly sizes: Float64Array
  /** Reads `size` bytes from `offset` on, of a file that is read in several goes by this thread. */
  readonly part?: { readonly file: number; readonly offset: number; readonly last: boolean }
}

/**
 * - `ok`: it was read.
 * - `changed`: it was read, and changed meanwhile, each time that it was tried.
 * - `grown`: it has no room left; its size is the one that it has now.
 * - `gone`: it is not there any more, or not as a file.
 * - `denied`: it may not be read.
 */
export const readOutcomes = ['ok', 'changed', 'grown', 'gone', 'denied'] as const

export interface ReadFile {
  readonly outcome: (typeof readOutcomes)[number]
  readonly code?: string
  /** Bytes read. */
  readonly length: number
  readonly size: number
  readonly mtime: bigint
  readonly ctime: bigint
  readonly inode: bigint
  /** SHA-256 of all of the file; of no meaning before its last part. */
  readonly hash?: Uint8Array
}

/** What became of the files of a job, in their order, column by column. */
export interface ReadFiles {
  /** Places in `readOutcomes`. */
  readonly outcomes: Uint8Array
  readonly codes: Readonly<Record<number, string>>
  readonly lengths: Float64Array
  readonly sizes: Float64Array
  readonly mtimes: BigInt64Array
  readonly ctimes: BigInt64Array
  readonly inodes: BigUint64Array
  readonly hashes: Uint8Array
}

export const hashLength = 32

/** Folders and empty files, in the order in which they can be made. */
export interface MakeJob {
  readonly folders: Texts
  readonly files: Written
}

/** Pieces of files: of one file each, and a file may have several. */
export interface WriteJob {
  readonly bytes: Uint8Array
  readonly files: Written
  /** In `bytes`. */
  readonly starts: Float64Array
  readonly lengths: Float64Array
  /** In the files. */
  readonly offsets: Float64Array
}

/** Gives what was written in pieces its times; makes links; gives folders, innermost first, modes and times. Returns warnings. */
export interface FinishJob {
  readonly files: Written
  readonly links: Written
  /** Where the links lead. */
  readonly targets: Texts
  readonly folders: Written
}

/** Finds out what differs from the manifest. */
export interface CompareJob {
  readonly entries: readonly {
    readonly path: string
    readonly kind: 'file' | 'folder' | 'link'
    readonly size: number
    readonly hash?: string
    readonly target?: string
  }[]
}

/** Takes what the rules leave out of a tree over to another one, by hard links where they can be had. */
export interface CarryJob extends Pick<WalkJob, 'include' | 'exclude'> {
  readonly from: readonly (readonly [name: string, path: string])[]
  readonly to: readonly (readonly [name: string, path: string])[]
}
