import { BackupError } from '@backup/core'
import type { FileEntry, ManifestEntry } from '../manifest/entry.ts'
import type { Manifest } from '../manifest/read.ts'
import { plugin, shown } from '../problem.ts'
import { rulesOf } from '../thread/rules.ts'

/** What rules of a restore choose: all that they match, and the folders that it lies in. */
export function wantedEntries({ entries }: Manifest, only: readonly string[] | undefined): readonly ManifestEntry[] {
  if (!only) return entries
  const matches = rulesOf(only)
  const wanted = new Set<string>()
  for (const { path, type } of entries) {
    if (!matches(path, type === 'folder')) continue
    for (let at = path; !wanted.has(at); at = parentOf(at)) wanted.add(at)
  }
  if (wanted.size > 0) return entries.filter(({ path }) => wanted.has(path))
  throw new BackupError('not-found', `Nothing in the snapshot matches ${only.map((rule) => JSON.stringify(rule)).join(', ')}.`, { plugin, key: 'only' })
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash)
}

/** Files that have bytes, in the order of these. @throws `corrupt` when two share some, or the stream ends before */
export function filesInOrder(entries: readonly ManifestEntry[], size: number): FileEntry[] {
  const files = entries.filter((entry): entry is FileEntry => entry.type === 'file' && entry.size > 0)
  files.sort((a, b) => a.offset - b.offset)
  files.forEach(({ path, offset, size: length }, at) => {
    const end = files[at + 1]?.offset ?? size
    if (offset + length > end) throw new BackupError('corrupt', `The manifest is damaged: ${shown(path)} has bytes that are not its own.`, { plugin, key: path })
  })
  return files
}
