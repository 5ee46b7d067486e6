import { BackupError } from '@backup/core'
import type { ManifestTable } from '../manifest/table.ts'
import { plugin, shown } from '../problem.ts'
import { rulesOf } from '../thread/rules.ts'

/** What rules of a restore choose: all that they match, and the folders that it lies in. Numbers, ascending. */
export function wantedEntries(table: ManifestTable, only: readonly string[] | undefined): Uint32Array {
  const all = Uint32Array.from({ length: table.count }, (_, entry) => entry)
  if (!only) return all
  const matches = rulesOf(only)
  const wanted = new Set<number>()
  for (const entry of all) {
    const path = table.path(entry)
    if (!matches(path, table.type(entry) === 'folder')) continue
    wanted.add(entry)
    for (let at = parentOf(path), folder = table.find(at); folder >= 0 && !wanted.has(folder); at = parentOf(at), folder = table.find(at)) wanted.add(folder)
  }
  if (wanted.size > 0) return all.filter((entry) => wanted.has(entry))
  throw new BackupError('not-found', `Nothing in the snapshot matches ${only.map((rule) => JSON.stringify(rule)).join(', ')}.`, { plugin, key: 'only' })
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash)
}

/** Files that have bytes, in the order of these. @throws `corrupt` when two share some, or the stream ends before */
export function filesInOrder(table: ManifestTable, entries: Uint32Array, size: number): Uint32Array {
  const files = entries.filter((entry) => table.size(entry) > 0)
  files.sort((a, b) => table.offset(a) - table.offset(b))
  files.forEach((file, at) => {
    const next = files[at + 1]
    const end = next === undefined ? size : table.offset(next)
    if (table.offset(file) + table.size(file) <= end) return
    const path = table.path(file)
    throw new BackupError('corrupt', `The manifest is damaged: ${shown(path)} has bytes that are not its own.`, { plugin, key: path })
  })
  return files
}
