import { BackupError, type SnapshotEntry, type SnapshotStreams } from '@backup/core'
import { streams } from './backup/snapshot.ts'
import type { ManifestEntry } from './manifest/entry.ts'
import { manifestReader } from './manifest/read.ts'
import { plugin } from './problem.ts'

/** Entries as the manifest arrives: whoever looks for one need not read on. */
export async function* browseTree({ names, read }: SnapshotStreams): AsyncGenerator<SnapshotEntry, void, undefined> {
  if (!names.includes(streams.manifest)) {
    throw new BackupError('unsupported', `The snapshot has the streams ${names.join(', ')}, which are none of a tree of files.`, { plugin })
  }
  const reader = manifestReader()
  let given = 0
  for await (const bytes of read(streams.manifest)) {
    reader.write(bytes)
    for (; reader.table && given < reader.table.count; given++) yield entryOf(reader.table.at(given))
  }
  reader.end()
}

function entryOf(entry: ManifestEntry): SnapshotEntry {
  const { path, type, mode, mtime } = entry
  const modified = new Date(Number(BigInt(mtime) / 1_000_000n))
  const common = { path, type, sizeBytes: 0, mode: Number.parseInt(mode, 8), modified }
  if (entry.type === 'link') return { ...common, target: entry.target }
  if (entry.type === 'folder') return common
  return { ...common, sizeBytes: entry.size, content: { stream: streams.content, offset: entry.offset, length: entry.size } }
}
