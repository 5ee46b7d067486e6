import type { Block, BlockBases, Lane, ScannedBlock } from '../contract/lane.ts'
import type { ChangedContent, FileContent } from '../contract/source.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { idLength } from '../format/unit-id.ts'
import { limits } from './limits.ts'
import type { StreamState } from './stream-state.ts'
import type { Writer } from './writer.ts'

/** A pages stream, written. */
export interface WrittenPages {
  /** Ids of all pages in order, 16 bytes each. */
  readonly ids: Uint8Array
  /** Fingerprints of all pages, when the engine looked for changes itself. */
  readonly fingerprints?: Uint8Array
}

/** Some pages that are to be looked at together. */
interface PageBatch {
  readonly path: string
  readonly offset: number
  readonly length: number
  /** The number of the page that unit `at` of the batch is. */
  readonly pageAt: (at: number) => number
  readonly units: number
  /** What the engine knew about these pages, if it looks for changes itself. */
  readonly known?: Uint8Array
  /** Called when the pages are in a lane. */
  readonly wasRead?: () => void
}

const fingerprintLength = 16

/** Writes a stream of pages: all lanes take batches as fast as they can, and what changed is gathered. */
export async function writePages(
  writer: Writer,
  content: FileContent | ChangedContent,
  previous: StreamState | undefined,
  shadow: string | undefined,
): Promise<WrittenPages> {
  const { size, pageBytes } = content
  const pages = Math.ceil(size / pageBytes)
  const ids = new Uint8Array(pages * idLength)
  const seen = new Uint8Array(pages)
  if (previous) ids.set(previous.ids.subarray(0, ids.length))
  const remember = content.kind === 'file' && writer.lanes.length > 0
  const fingerprints = remember ? new Uint8Array(pages * fingerprintLength) : undefined
  const batches = content.kind === 'file' ? fileBatches(writer, content, previous) : changedBatches(writer, content)

  const work = async (lane: Lane): Promise<void> => {
    try {
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        throwIfAborted(writer.context.signal, 'reading pages')
        await writeBatch(lane, next.value)
      }
    } catch (error) {
      // The other workers find nothing more to do.
      await batches.return(undefined)
      throw error
    }
  }
  const writeBatch = async (lane: Lane, batch: PageBatch): Promise<void> => {
    const bases = shadow === undefined ? undefined : basesOf(batch, pageBytes, shadow, previous)
    const block: Block = {
      id: writer.nextNumber(),
      role: 'data',
      bytes: { kind: 'file', path: batch.path, offset: batch.offset, length: batch.length },
      cut: { kind: 'pages', unitLength: pageBytes },
      remember,
      ...(batch.known && { known: batch.known }),
      ...(bases && { bases }),
    }
    const scanned = await lane.scan(block)
    batch.wasRead?.()
    noteIds(scanned, batch)
    await writer.gather.add(lane, { block: block.id, role: 'data', scanned, ...(bases && { baseIds: bases.ids }) })
    writer.context.meter.done(batch.length)
  }
  const noteIds = (scanned: ScannedBlock, batch: PageBatch): void => {
    // Of a file, all pages of a block lie side by side.
    if (content.kind === 'file' && scanned.changed.length === batch.units) ids.set(scanned.ids, batch.pageAt(0) * idLength)
    else for (let position = 0; position < scanned.changed.length; position++) {
      const from = position * idLength
      const to = batch.pageAt(scanned.changed[position]!) * idLength
      for (let at = 0; at < idLength; at++) ids[to + at] = scanned.ids[from + at]!
    }
    for (let unit = 0; unit < batch.units; unit++) seen[batch.pageAt(unit)] = 1
    if (scanned.hashes) fingerprints?.set(scanned.hashes, batch.pageAt(0) * fingerprintLength)
  }

  const workers = writer.lanes.flatMap((lane) => Array.from({ length: limits.blocksPerLane }, () => work(lane)))
  await allSettled(workers)
  checkAllThere(content, seen, previous)
  return { ids, ...(fingerprints && { fingerprints }) }
}

/** Like `Promise.all`, but nothing goes on in the background after it rejects. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}

/** Every page was either handed out or vouched for by the source; anything else would be a hole in the snapshot. */
function checkAllThere(content: FileContent | ChangedContent, seen: Uint8Array, previous: StreamState | undefined): void {
  const trusted = content.kind === 'changed' && content.incremental ? (previous?.ids.length ?? 0) / idLength : 0
  const missing = seen.indexOf(0, trusted)
  if (missing < 0) return
  throw new BackupError('source', `The source did not hand out page ${missing} of ${seen.length}.`)
}

async function* fileBatches(writer: Writer, content: FileContent, previous: StreamState | undefined): AsyncGenerator<PageBatch> {
  const { path, size, pageBytes } = content
  const step = Math.max(pageBytes, writer.blockBytes - (writer.blockBytes % pageBytes))
  for (let offset = 0; offset < size; offset += step) {
    const length = Math.min(step, size - offset)
    const first = offset / pageBytes
    const units = Math.ceil(length / pageBytes)
    const known = knownOf(previous?.fingerprints, first, units)
    yield { path, offset, length, units, pageAt: (at) => first + at, ...(known && { known }) }
  }
}

function knownOf(fingerprints: Uint8Array | undefined, first: number, units: number): Uint8Array | undefined {
  return fingerprints?.slice(first * fingerprintLength, (first + units) * fingerprintLength)
}

async function* changedBatches(writer: Writer, content: ChangedContent): AsyncGenerator<PageBatch> {
  const { pageBytes, size } = content
  const most = Math.max(1, Math.floor(writer.blockBytes / pageBytes))
  for await (const batch of content.batches()) {
    let unread = Math.ceil(batch.pages.length / most)
    const wasRead = (): void => {
      if (--unread === 0) batch.release?.()
    }
    for (let start = 0; start < batch.pages.length; start += most) {
      const pages = batch.pages.subarray(start, start + most)
      const last = pages.at(-1)!
      const length = (pages.length - 1) * pageBytes + Math.min(pageBytes, size - last * pageBytes)
      const offset = batch.offset + start * pageBytes
      yield { path: batch.path, offset, length, units: pages.length, pageAt: (at) => pages[at]!, wasRead }
    }
  }
}

/** The previous version of each page lies at the page's own place in the shadow file. */
function basesOf(batch: PageBatch, pageBytes: number, shadow: string, previous: StreamState | undefined): BlockBases {
  const offsets = new Float64Array(batch.units)
  const ids = new Uint8Array(batch.units * idLength)
  for (let unit = 0; unit < batch.units; unit++) {
    const page = batch.pageAt(unit)
    offsets[unit] = page * pageBytes
    const id = previous?.ids.subarray(page * idLength, (page + 1) * idLength)
    if (id) ids.set(id, unit * idLength)
  }
  return { from: { kind: 'file', path: shadow }, offsets, ids, update: true }
}
