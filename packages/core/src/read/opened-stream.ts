import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Chunking, CommitStream } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import type { Glance } from '../repository/glance.ts'
import { checkPart } from './check-part.ts'
import { differentPages } from './different-pages.ts'
import { type UnitInStream, listPaths } from './list-path.ts'
import { type Seen, lookingReader } from './looking-reader.ts'
import { readAhead } from './read-ahead.ts'
import { type SnapshotInfo, snapshotInfo } from './snapshot.ts'

/** Bytes of a stream, from one to the other. */
export interface ByteSpan {
  readonly offset: number
  readonly length: number
}

/** One stream of a snapshot, open for reading anywhere in it. */
export interface OpenedStream {
  readonly snapshot: SnapshotInfo
  /** Name of the stream. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /**
   * These bytes; fewer where the stream ends before. Only what holds them is fetched, what was fetched a moment ago is not fetched again,
   * and who reads on from where he was finds the next bytes there. Several reads at a time are welcome.
   *
   * @throws `config` for a part that makes no sense; `corrupt`, naming the pack, when they are not what was stored
   */
  read(offset: number, length: number, options?: CallOptions): Promise<Uint8Array>
  /**
   * Where the bytes are not those of another stream in the same place, told from the lists alone; nothing where they cannot tell, because
   * the two were cut differently.
   *
   * @param earlier opened by the same backup
   */
  differences(earlier: OpenedStream, options?: CallOptions): Promise<readonly ByteSpan[] | undefined>
  /** Stops what is under way and forgets what was kept. */
  close(): void
}

export interface OpenedStreamOptions {
  /** Decoded bytes kept in memory. */
  readonly cacheBytes: number
}

/** A snapshot, what is known of its repository, and how more is learnt. */
export type SeenSnapshot = Seen & Pick<Glance, 'name' | 'commit'>

/** Lists are written when all data is. */
const atEnd = 1

const described = new WeakMap<OpenedStream, CommitStream>()

export function openedStream(seen: SeenSnapshot, wanted: string | undefined, { cacheBytes }: OpenedStreamOptions): OpenedStream {
  const stream = chooseStream(seen, wanted)
  const closing = new AbortController()
  const own = { signal: closing.signal }
  const near = nearIn(seen.commit.streams, stream)
  const reader = lookingReader(seen, { keptBytes: cacheBytes, listBytes: 0 }, own)
  const paths = listPaths(stream, (id, at) => reader.read(roles.list, id, at, atEnd))
  const ahead = readAhead(paths, reader, { size: stream.size, requests: capabilitiesOf(seen.provider).concurrency, mostBytes: cacheBytes / 2 })

  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(stream.size, offset + length)
    const result = new Uint8Array(Math.max(0, end - offset))
    const fill = async ({ ids, at, start, length: unitBytes }: UnitInStream, from: number): Promise<void> => {
      const bytes = await reader.read(roles.data, ids, at, near(from))
      if (bytes.length !== unitBytes) throw new BackupError('corrupt', `A unit of stream "${stream.name}" has ${bytes.length} bytes where ${unitBytes} belong.`)
      result.set(bytes.subarray(from - start, end - start), from - offset)
    }
    const parts: Promise<void>[] = []
    for (let position = offset; position < end; ) {
      seen.expect(near(position))
      const unit = await paths.find(position)
      const part = fill(unit, position)
      // Whichever fails first is told; the others are not to count as unheard.
      part.catch(() => {})
      parts.push(part)
      position = unit.start + unit.length
    }
    await Promise.all(parts)
    return result
  }

  const opened: OpenedStream = {
    snapshot: snapshotInfo(seen.name, seen.commit),
    name: stream.name,
    size: stream.size,
    async read(offset, length, { signal } = {}) {
      checkPart('offset', offset)
      checkPart('length', length)
      if (closing.signal.aborted) throw closing.signal.reason
      ahead.follow(offset, Math.min(length, stream.size - offset))
      return untilAborted(read(offset, length), signal, stream.name)
    },
    async differences(earlier, { signal } = {}) {
      const before = described.get(earlier)
      if (!before) throw new BackupError('config', 'The other stream was not opened by a backup.', { key: 'earlier' })
      if (!arePages(before) || !arePages(stream) || before.chunking.unitLength !== stream.chunking.unitLength) return undefined
      const { unitLength } = stream.chunking
      const lists = lookingReader(seen, {}, own)
      const pages = differentPages({ read: (role, ids, at) => lists.read(role, ids, at, atEnd) }, before.root, stream.root, own)
      return spansOf(await untilAborted(pages, signal, stream.name), unitLength, stream.size)
    },
    close: () => closing.abort(new BackupError('cancelled', `Stream "${stream.name}" was closed.`)),
  }
  described.set(opened, stream)
  return opened
}

/** The same stream, with other ways to read it. */
export function sameStream(stream: OpenedStream, ways: Pick<OpenedStream, 'read' | 'differences' | 'close'>): OpenedStream {
  const same = { ...stream, ...ways }
  described.set(same, described.get(stream)!)
  return same
}

function chooseStream({ name: snapshot, commit: { streams } }: SeenSnapshot, wanted: string | undefined): CommitStream {
  const names = streams.map(({ name }) => name).join(', ') || 'none'
  const hint = 'Name one of them.'
  if (wanted === undefined) {
    if (streams.length === 1) return streams[0]!
    throw new BackupError('config', `Snapshot ${snapshot.slice(0, 12)} has ${streams.length} streams: ${names}.`, { key: 'stream', hint })
  }
  const stream = streams.find(({ name }) => name === wanted)
  if (stream) return stream
  throw new BackupError('not-found', `Snapshot ${snapshot.slice(0, 12)} has no stream "${wanted}"; it has ${names}.`, { key: wanted, hint })
}

/** Where a byte of the stream lies in the whole snapshot, from 0 to 1: streams are written one after the other. */
function nearIn(streams: readonly CommitStream[], stream: CommitStream): (position: number) => number {
  const sizes = streams.map(({ size }) => size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const before = sizes.slice(0, streams.indexOf(stream)).reduce((sum, size) => sum + size, 0)
  return (position) => (before + position) / total
}

function arePages(stream: CommitStream): stream is CommitStream & { readonly chunking: Extract<Chunking, { kind: 'pages' }> } {
  return stream.chunking.kind === 'pages'
}

/** Pages that follow one another are one span. */
function spansOf(pages: readonly number[], pageBytes: number, size: number): ByteSpan[] {
  const spans: { offset: number; length: number }[] = []
  for (const page of pages) {
    const offset = page * pageBytes
    const length = Math.min(pageBytes, size - offset)
    const last = spans.at(-1)
    if (last && last.offset + last.length === offset) last.length += length
    else spans.push({ offset, length })
  }
  return spans
}

/** Who gives up need not wait for what others wait for too. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined, name: string): Promise<Result> {
  if (!signal) return work
  let stop = (): void => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new BackupError('cancelled', `Cancelled while reading stream "${name}".`, { cause: signal.reason }))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([stopped, work])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
