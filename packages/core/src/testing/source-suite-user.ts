import type {
  ChangedContent,
  ConsistencyProof,
  RestoreSink,
  SourceSnapshot,
  SourceStream,
  SplicedContent,
  Stretch,
} from '../contract/source.ts'
import { holds } from './provider-suite-place.ts'
import type { SourceFixture } from './source-suite-fixture.ts'

/** Data by the name of its stream. */
export type Streams = Readonly<Record<string, Uint8Array>>

/** A snapshot, as read by somebody who has no repository. */
export interface Taken {
  readonly streams: Streams
  /** For the next snapshot, by stream. */
  readonly states: ReadonlyMap<string, Uint8Array>
  /** Streams of which only pages that may have changed were handed out. */
  readonly incremental: ReadonlySet<string>
  readonly kinds: ReadonlySet<SourceStream['content']['kind']>
  readonly proof: ConsistencyProof
}

export interface TakeOptions {
  readonly signal?: AbortSignal
  /** Called once, when some of the data was read and some was not. */
  readonly halfway?: () => Promise<void> | void
  /** The snapshot before this one, as far as the source is told of it. */
  readonly previous?: Pick<Taken, 'streams' | 'states'>
}

/** What an engine does with a source, in its shortest form. */
export interface SourceUser {
  open(options?: Omit<TakeOptions, 'halfway'>): Promise<SourceSnapshot>
  /** Reads everything, asks for the proof, closes. */
  take(options?: TakeOptions): Promise<Taken>
  restore(to: string, options?: { overwrite?: boolean; proof?: ConsistencyProof; signal?: AbortSignal }): Promise<RestoreSink>
  /** Fills the sink, and does not commit. */
  fill(sink: RestoreSink, streams: Streams): Promise<void>
}

const pieceBytes = 65_536

export function sourceUser(fixture: SourceFixture): SourceUser {
  const { source, scratch } = fixture
  const warn = (): void => {}
  const context = { warn, ...(scratch !== undefined && { scratch }) }

  const open = ({ signal, previous }: TakeOptions = {}): Promise<SourceSnapshot> =>
    source.open({ ...context, ...(signal && { signal }), previousState: async (stream) => previous?.states.get(stream)?.slice() })

  return {
    open,

    async take(options = {}) {
      const snapshot = await open(options)
      try {
        return await readAll(fixture, snapshot, options)
      } finally {
        await snapshot.close()
      }
    },

    restore: (to, { overwrite = false, proof = { complete: true }, signal } = {}) =>
      source.restore({ ...context, to, overwrite, proof, ...(signal && { signal }) }),

    async fill(sink, streams) {
      for (const name of sink.select?.(Object.keys(streams)) ?? Object.keys(streams)) await fillStream(fixture, sink, name, streams[name]!)
    },
  }
}

async function readAll(fixture: SourceFixture, snapshot: SourceSnapshot, { halfway, previous }: TakeOptions): Promise<Taken> {
  const streams: Record<string, Uint8Array> = {}
  const contents = new Map<string, SourceStream['content']>()
  const incremental = new Set<string>()
  let interrupt = halfway
  const pieceRead = async (): Promise<void> => {
    const now = interrupt
    interrupt = undefined
    await now?.()
  }
  for await (const { name, content } of snapshot.streams()) {
    const known = previous?.streams[name]
    holds(!contents.has(name), `two streams are named "${name}"`)
    contents.set(name, content)
    streams[name] = await readContent(fixture, content, known, async (kept) => {
      if (kept) incremental.add(name)
      await pieceRead()
    })
    if (content.kind === 'changed' && content.incremental) incremental.add(name)
  }
  await pieceRead()
  const proof = await snapshot.finish()
  const states = new Map([...contents].flatMap(([name, content]) => ('state' in content ? [[name, content.state().slice()]] : [])))
  return { streams, states, incremental, proof, kinds: new Set([...contents.values()].map(({ kind }) => kind)) }
}

/** `kept`: the piece is one of the snapshot before. */
type PieceRead = (kept?: boolean) => Promise<void>

async function readContent(
  fixture: SourceFixture,
  content: SourceStream['content'],
  previous: Uint8Array | undefined,
  pieceRead: PieceRead,
): Promise<Uint8Array> {
  if (content.kind === 'bytes') return readBytes(content, pieceRead)
  if (content.kind === 'spliced') return readSpliced(content, previous, pieceRead)
  const { size, pageBytes } = content
  holds(Number.isSafeInteger(size) && size >= 0, `a stream has the size ${size}`)
  holds(Number.isInteger(Math.log2(pageBytes)) && pageBytes >= 512 && pageBytes <= 65_536, `pages have ${pageBytes} bytes`)
  if (content.kind === 'changed') return readChanged(fixture, content, previous, pieceRead)
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += pieceBytes) {
    bytes.set(await filesOf(fixture).read(content.path, at, Math.min(pieceBytes, size - at)), at)
    await pieceRead()
  }
  return bytes
}

async function readBytes({ size, read }: Extract<SourceStream['content'], { kind: 'bytes' }>, pieceRead: PieceRead): Promise<Uint8Array> {
  const pieces: { handedOut: Uint8Array; copy: Uint8Array }[] = []
  for await (const piece of read()) {
    pieces.push({ handedOut: piece, copy: piece.slice() })
    await pieceRead()
  }
  const bytes = new Uint8Array(pieces.reduce((sum, { copy }) => sum + copy.length, 0))
  let at = 0
  for (const { handedOut, copy } of pieces) {
    holds(copy.every((byte, index) => byte === handedOut[index]), 'a piece was changed after it was handed out')
    bytes.set(copy, at)
    at += copy.length
  }
  holds(size === undefined || size === bytes.length, `a stream has ${bytes.length} bytes, not the ${size} it said`)
  return bytes
}

/** Fresh pieces as they come, kept ones as they were. */
async function readSpliced(content: SplicedContent, previous: Uint8Array | undefined, pieceRead: PieceRead): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of content.parts()) {
    if (part.kind === 'kept') {
      const { offset, length } = part
      holds(previous !== undefined && offset + length <= previous.length, `pieces were kept of ${offset} to ${offset + length}, where nothing was`)
      parts.push(previous!.slice(offset, offset + length))
    } else {
      const { bytes, pieces, release } = part
      holds(!pieces.includes(0), 'a piece is empty')
      holds(pieces.reduce((sum, length) => sum + length, 0) === bytes.length, 'the lengths of the pieces do not add up to that of the bytes')
      parts.push(bytes.slice())
      release?.()
    }
    await pieceRead(part.kind === 'kept')
  }
  const total = parts.reduce((sum, { length }) => sum + length, 0)
  holds(content.size === undefined || content.size === total, `a stream has ${total} bytes, not the ${content.size} it said`)
  const bytes = new Uint8Array(total)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Puts the pages that were handed out over the previous version, as an engine does with what it stored of it. */
async function readChanged(
  fixture: SourceFixture,
  content: ChangedContent,
  previous: Uint8Array | undefined,
  pieceRead: PieceRead,
): Promise<Uint8Array> {
  const { size, pageBytes } = content
  holds(!content.incremental || previous !== undefined, 'only changes were handed out, and no state was given')
  const bytes = new Uint8Array(size)
  const trusted = content.incremental && previous ? previous.subarray(0, size) : new Uint8Array(0)
  bytes.set(trusted)
  const pages = Math.ceil(size / pageBytes)
  const seen = new Uint8Array(pages).fill(1, 0, Math.ceil(trusted.length / pageBytes))
  for await (const batch of content.batches()) {
    const { path, offset, pages: numbers } = batch
    let at = offset
    let last = -1
    for (const page of numbers) {
      holds(page > last && page < pages, `page ${page} of ${pages} was handed out after page ${last}`)
      const length = Math.min(pageBytes, size - page * pageBytes)
      bytes.set(await filesOf(fixture).read(path, at, length), page * pageBytes)
      seen[page] = 1
      at += length
      last = page
    }
    batch.release?.()
    await pieceRead()
  }
  const missing = seen.indexOf(0)
  holds(missing < 0, `page ${missing} of ${pages} was not handed out`)
  return bytes
}

async function fillStream(fixture: SourceFixture, sink: RestoreSink, name: string, bytes: Uint8Array): Promise<void> {
  const target = await sink.open({ name, size: bytes.length })
  const starts = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) => at * pieceBytes)
  if (target.kind === 'bytes') {
    for (const start of starts) await target.write(bytes.slice(start, start + pieceBytes))
    return target.end()
  }
  if (target.kind === 'scattered') {
    for (const start of starts.reverse()) await target.write(bytes.slice(start, start + pieceBytes), [stretchAt(start, bytes.length)])
    return target.end()
  }
  // In any order: from the end here.
  for (const start of starts.reverse()) await filesOf(fixture).write(target.path, start, bytes.subarray(start, start + pieceBytes))
}

function stretchAt(offset: number, size: number): Stretch {
  return { offset, start: 0, length: Math.min(pieceBytes, size - offset) }
}

function filesOf({ files }: SourceFixture): NonNullable<SourceFixture['files']> {
  if (files) return files
  throw new Error('This source works with files: the fixture has to say in `files` how they are read and written.')
}
