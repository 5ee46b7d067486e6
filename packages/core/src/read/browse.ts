import type { CallOptions } from '../contract/provider.ts'
import type { BackupSource, SnapshotEntry } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import type { Repository } from '../repository/repository.ts'
import type { ChosenSnapshot } from './choose.ts'
import { type StreamPart, readStream } from './read-stream.ts'

/**
 * What is in a snapshot, as its source sees it: everything, or what lies directly in a folder. A path that is no folder is listed itself.
 *
 * @throws `unsupported` when the source has no way to tell; `not-found` when there is nothing with that path
 */
export async function* listEntries(
  repository: Repository,
  chosen: ChosenSnapshot,
  source: BackupSource,
  folder: string | undefined,
  call: CallOptions,
): AsyncGenerator<SnapshotEntry, void, undefined> {
  const wanted = folder === undefined ? '' : tidied(folder)
  const search = searchFor(wanted)
  let found = wanted === ''
  for await (const entry of browse(repository, chosen, source, call)) {
    search.see(entry)
    const isIt = entry.path === wanted
    found ||= isIt
    if (folder === undefined || (isIt ? entry.type !== 'folder' : parentOf(entry.path) === wanted)) yield entry
  }
  if (!found) throw search.problem()
}

/**
 * The bytes of one entry. Only the list up to it is read, and what it needs of the data.
 *
 * @throws `config` when it has no bytes: a folder, a link; and as {@link listEntries}
 */
export async function* readEntry(
  repository: Repository,
  chosen: ChosenSnapshot,
  source: BackupSource,
  path: string,
  { offset = 0, length = Number.MAX_SAFE_INTEGER }: StreamPart,
  call: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const wanted = tidied(path)
  const search = searchFor(wanted)
  for await (const entry of browse(repository, chosen, source, call)) {
    search.see(entry)
    if (entry.path !== wanted) continue
    const { type, target, content } = entry
    if (!content) throw noBytes(wanted, target === undefined ? `is a ${type}` : `is a link to ${JSON.stringify(target)}`)
    const part = { offset: content.offset + Math.min(offset, content.length), length: Math.min(length, Math.max(0, content.length - offset)) }
    return yield* readStream(repository, chosen, content.stream, part, call)
  }
  throw search.problem()
}

async function* browse(repository: Repository, chosen: ChosenSnapshot, source: BackupSource, call: CallOptions): AsyncGenerator<SnapshotEntry, void, undefined> {
  if (!source.browse) {
    throw new BackupError('unsupported', `"${source.name}" has no files that could be listed.`, { plugin: source.name, hint: 'Read its streams, or restore it.' })
  }
  const names = chosen.commit.streams.map(({ name }) => name)
  const read = (stream: string): AsyncIterable<Uint8Array> => readStream(repository, chosen, stream, {}, call)
  // The root of a tree is where a path begins.
  for await (const entry of source.browse({ names, read })) if (entry.path !== '.' || entry.type !== 'folder') yield entry
}

/** Follows a path down as far as it is there, and remembers what it could have been instead. */
function searchFor(wanted: string): { see(entry: SnapshotEntry): void; problem(): BackupError } {
  let deepest = ''
  let inside: string[] = []
  return {
    see({ path, type }) {
      if (parentOf(path) === deepest) inside.push(path)
      if (type !== 'folder' || !wanted.startsWith(`${path}/`)) return
      deepest = path
      inside = []
    },
    problem() {
      const place = deepest === '' ? '' : `; ${JSON.stringify(deepest)} is there`
      const next = wanted.slice(deepest === '' ? 0 : deepest.length + 1).split('/')[0]!
      const meant = didYouMean(deepest === '' ? next : `${deepest}/${next}`, inside)
      return new BackupError('not-found', `The snapshot has no ${JSON.stringify(wanted)}${place}.${meant}`, { key: wanted, hint: 'List what is in it, and take the path from there.' })
    },
  }
}

function noBytes(path: string, why: string): BackupError {
  return new BackupError('config', `${JSON.stringify(path)} ${why}, and has no bytes of its own.`, { key: path, hint: 'Name a file.' })
}

/** `./a/` is `a`, and `.` is the top. */
function tidied(path: string): string {
  const tidy = path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')
  return tidy === '.' ? '' : tidy
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
