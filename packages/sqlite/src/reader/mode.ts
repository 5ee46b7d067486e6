import type { Report, ScanRequest } from '../host/protocol.ts'
import type { FileSystem } from './file-system.ts'
import { refuse } from './refusal.ts'

/** `either`: directly if that turns out to be possible, else by a copy. */
export type PossibleModes = 'direct' | 'copy' | 'either'

/**
 * How a database on such a file system is read. What the user asked for counts, unless it cannot be right.
 *
 * @throws `source` when there is no safe way
 */
export function modeFor(
  { path, mode }: Pick<ScanRequest, 'path' | 'mode'>,
  kind: FileSystem,
  platform: string,
  tell: (report: Report) => void,
): PossibleModes {
  if (kind === 'network' && mode !== 'copy') {
    throw refuse(
      'source',
      `The database ${path} is on a network file system, whose locks SQLite cannot rely on.`,
      "Run the backup where the disk is. If only this machine opens the database, mode: 'copy' is possible.",
    )
  }
  if (mode !== undefined) return mode
  if (kind === 'userspace') {
    tell({
      type: 'warning',
      message: `The database ${path} is on a file system in user space (FUSE), so SQLite copies it first.`,
      hint: "Set mode: 'copy' to say that this is meant, or move the database to a local disk.",
    })
    return 'copy'
  }
  return platform === 'linux' ? 'either' : 'copy'
}
