import { byAge, type DriveFile } from './files.ts'

/** What an object is meant to be: from its name, where that is a hash, or from who stores it. */
export interface Meant {
  readonly size?: number
  readonly sha256?: string | undefined
}

const hashInName = /(?:^|[/-])([0-9a-f]{64})$/

/** The hash that a key carries: the last part of most keys is one, that of commits ends in one. */
export function meantBy(key: string): Meant {
  return { sha256: hashInName.exec(key)?.[1] }
}

/**
 * Files of one name, the best first: those that are what the name says; else those that most agree on; the
 * oldest of them, so that everybody takes the same one.
 */
export function bestFirst(key: string, copies: readonly DriveFile[]): readonly DriveFile[] {
  if (copies.length < 2) return copies
  const { sha256 } = meantBy(key)
  const votes = (copy: DriveFile): number => copies.filter((other) => isSame(copy, other)).length
  const right = (copy: DriveFile): number => (sha256 !== undefined && copy.sha256 === sha256 ? 1 : 0)
  return copies.toSorted((a, b) => right(b) - right(a) || votes(b) - votes(a) || byAge(a, b))
}

/** Are two files the same bytes, as far as Google tells? What it does not tell is no proof. */
export function isSame(a: DriveFile, b: DriveFile): boolean {
  if (a.size !== b.size) return false
  if (a.sha256 !== undefined && b.sha256 !== undefined) return a.sha256 === b.sha256
  return a.md5 !== undefined && a.md5 === b.md5
}
