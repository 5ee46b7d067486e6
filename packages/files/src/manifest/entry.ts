/**
 * One line of a manifest. Each is a JSON object; fields that a reader does not know are to be ignored.
 *
 * The first line is the {@link ManifestStart}, the last the {@link ManifestEnd}. Between them, a folder comes before what is in it.
 */
export type ManifestEntry = FolderEntry | FileEntry | LinkEntry

interface Common {
  /**
   * Names with `/` between them, the first one that of a root; with a single root below that, and `.` is the root itself. Bytes that
   * are no UTF-8 stand as U+DC80 to U+DCFF (PEP 383, `surrogateescape`).
   */
  readonly path: string
  /** Permissions, octal: `"644"`. */
  readonly mode: string
  /** When it was changed, in nanoseconds since 1970, as text because JSON's numbers are too short. */
  readonly mtime: string
  /** Absent where there are no owners. */
  readonly uid?: number
  readonly gid?: number
}

export interface FolderEntry extends Common {
  readonly type: 'folder'
}

export interface FileEntry extends Common {
  readonly type: 'file'
  readonly size: number
  /** Where its bytes begin in the stream `content`. */
  readonly offset: number
  /** Of its bytes, in hex. */
  readonly sha256: string
  /** It had holes. */
  readonly sparse?: true
  /** It changed while it was read, each time that it was tried: its bytes may be partly older, partly newer. */
  readonly changed?: true
}

export interface LinkEntry extends Common {
  readonly type: 'link'
  /** Where it leads, as it was, in the same spelling as `path`. */
  readonly target: string
}

export interface ManifestStart {
  readonly type: 'files'
  readonly version: 1
  /** Names of the roots; one empty name where there is a single root. */
  readonly roots: readonly string[]
}

/** Without it, the manifest is cut short. */
export interface ManifestEnd {
  readonly type: 'end'
  /** Lines between the first and the last. */
  readonly entries: number
}

export const manifestVersion = 1
