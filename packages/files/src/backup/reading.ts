import { BackupError, type FreshPart, type KeptPart, throwIfAborted } from '@backup/core'
import type { Crew } from '../crew.ts'
import { plugin, readProblem, shown } from '../problem.ts'
import type { KnownFiles } from '../thread/known.ts'
import { type ReadFile, type ReadFiles, hashLength, readOutcomes } from '../thread/protocol.ts'
import { textsOf } from '../thread/texts.ts'
import type { Table } from './table.ts'

/** What was found out while the files were read. */
export interface Findings {
  /** Files that changed each time that they were read. */
  readonly changed: string[]
  /** Files that went away between the walk and their turn. */
  vanished: number
  readonly unreadable: { readonly path: string; readonly code: string }[]
}

export interface ReadingOptions {
  readonly table: Table
  readonly crew: Crew
  /** Of the crew, as many as are worth while. */
  readonly threads: number
  readonly known: KnownFiles | undefined
  /** The absolute path of an entry. */
  readonly full: (path: string) => string
  readonly changing: 'warn' | 'fail'
  readonly unreadable: 'fail' | 'skip'
  readonly findings: Findings
  readonly signal: AbortSignal | undefined
  /** So many more files are dealt with. */
  readonly done: (files: number) => void
}

/** What a thread is given at a time, and a part at most: small files are put together, large ones are cut. */
const partBytes = 1 << 20
/** Parts that are read ahead, or that the engine has not let go of. With four lanes it holds eight. */
const parts = 14
/** Steps looked at ahead; those that keep what is known need no memory. */
const stepsAhead = 64
/** More threads than this for each of them would take longer to start than to read. */
const bytesPerThread = 16 << 20
/** A large file is read so often in all when it changes meanwhile. */
const attempts = 3

type Step = KeptStep | BatchStep | LargeStep

interface KeptStep {
  readonly kind: 'kept'
  readonly offset: number
  length: number
  readonly entries: number[]
}

interface BatchStep {
  readonly kind: 'batch'
  readonly entries: number[]
  bytes: number
}

/** One part of a file that does not fit into one. */
interface LargeStep {
  readonly kind: 'large'
  readonly file: LargeFile
  readonly offset: number
  readonly length: number
  readonly last: boolean
}

/** One attempt at a large file. */
interface LargeFile {
  readonly entry: number
  readonly attempt: number
  readonly size: number
  /** As the first part found it. */
  facts?: ReadFile
  /** All parts found the same. */
  steady: boolean
  /** Bytes read so far. */
  length: number
  /** Where it began in the stream. */
  start: number
}

interface Queued {
  readonly step: Step
  readonly buffer?: SharedArrayBuffer
  readonly result?: Promise<ReadFiles>
}

/**
 * Hands out the bytes of all files in the order of the walk. What has not changed is named, not read; the rest is read by threads a
 * little ahead of those who take it.
 */
export async function* readFiles(given: Omit<ReadingOptions, 'threads'>): AsyncGenerator<FreshPart | KeptPart, void, undefined> {
  const options = { ...given, threads: threadsFor(given) }
  const { signal, threads } = options
  const steps = stepsOf(options)
  const again: Step[] = []
  const queue: Queued[] = []
  const buffers: SharedArrayBuffer[] = []
  let made = 0
  let batches = 0
  let freed = (): void => {}
  let position = 0

  const bufferOf = (): SharedArrayBuffer | undefined => buffers.pop() ?? (made++ < parts ? new SharedArrayBuffer(partBytes) : undefined)
  const release = (buffer: SharedArrayBuffer): void => {
    buffers.push(buffer)
    freed()
  }
  let waiting: Step | undefined
  const fill = (): void => {
    while (queue.length < stepsAhead) {
      const step = waiting ?? again.shift() ?? steps.next().value
      waiting = undefined
      if (!step) return
      if (step.kind === 'kept') {
        queue.push({ step })
        continue
      }
      const buffer = bufferOf()
      if (!buffer) {
        waiting = step
        return
      }
      const result = step.kind === 'batch' ? readBatch(options, batches++ % threads, step, buffer) : readLarge(options, step, buffer)
      // Whoever takes it is told; until then it must not count as unhandled.
      result.catch(() => {})
      queue.push({ step, buffer, result })
    }
  }

  for (;;) {
    throwIfAborted(signal, 'reading files')
    fill()
    const next = queue.shift()
    if (!next) {
      if (!waiting) return
      await new Promise<void>((resolve) => (freed = resolve))
      continue
    }
    const { step, buffer } = next
    if (step.kind === 'kept') {
      position = keep(options, step, position)
      options.done(step.entries.length)
      yield { kind: 'kept', offset: step.offset, length: step.length }
      continue
    }
    const found = await next.result!
    const pieces = step.kind === 'batch' ? settleBatch(options, step, found, position, again) : settleLarge(options, step, fileAt(found, 0), position, again)
    options.done(step.kind === 'batch' ? step.entries.length : step.last ? 1 : 0)
    const length = pieces.reduce((sum, piece) => sum + piece, 0)
    position += length
    if (length === 0) {
      release(buffer!)
      continue
    }
    yield { kind: 'fresh', bytes: new Uint8Array(buffer!, 0, length), pieces: Uint32Array.from(pieces), release: () => release(buffer!) }
  }
}

function threadsFor({ table, crew }: Pick<ReadingOptions, 'table' | 'crew'>): number {
  let bytes = 0
  for (let entry = 0; entry < table.count; entry++) if (table.column('known', entry) < 0) bytes += table.column('sizes', entry)
  return Math.min(crew.size, 1 + Math.floor(bytes / bytesPerThread))
}

/** Which bytes come in which order. What is kept and was together stays together. */
function* stepsOf({ table, known }: ReadingOptions): Generator<Step, undefined, undefined> {
  let batch: BatchStep | undefined
  let kept: KeptStep | undefined
  for (let entry = 0; entry < table.count; entry++) {
    if (!table.isFile(entry)) continue
    const size = table.column('sizes', entry)
    const record = table.column('known', entry)
    if (record >= 0 && size > 0) {
      if (batch) yield batch
      batch = undefined
      const offset = known!.offset(record)
      if (kept && kept.offset + kept.length !== offset) {
        yield kept
        kept = undefined
      }
      kept ??= { kind: 'kept', offset, length: 0, entries: [] }
      kept.length += size
      kept.entries.push(entry)
      continue
    }
    if (kept) yield kept
    kept = undefined
    if (batch && (size > partBytes || batch.bytes + size > partBytes || batch.entries.length >= batchFiles)) {
      yield batch
      batch = undefined
    }
    if (size > partBytes) yield* largeSteps(entry, 1, size)
    else {
      batch ??= { kind: 'batch', entries: [], bytes: 0 }
      batch.bytes += size
      batch.entries.push(entry)
    }
  }
  if (kept) yield kept
  if (batch) yield batch
  return undefined
}

/** Of tiny files: more at a time would only make messages longer. */
const batchFiles = 1024

function* largeSteps(entry: number, attempt: number, size: number): Generator<LargeStep> {
  const file: LargeFile = { entry, attempt, size, steady: true, length: 0, start: 0 }
  for (let offset = 0; offset < size; offset += partBytes) {
    const length = Math.min(partBytes, size - offset)
    yield { kind: 'large', file, offset, length, last: offset + length === size }
  }
}

function readBatch({ crew, table, full }: ReadingOptions, thread: number, { entries }: BatchStep, into: SharedArrayBuffer): Promise<ReadFiles> {
  const paths = textsOf(entries.map((entry) => full(table.path(entry))))
  const sizes = Float64Array.from(entries, (entry) => table.column('sizes', entry))
  return crew.do(thread, 'read', { into, paths, sizes })
}

/** All parts by one thread, which hashes them in their order. */
function readLarge({ crew, table, full, threads }: ReadingOptions, step: LargeStep, into: SharedArrayBuffer): Promise<ReadFiles> {
  const { file, offset, length, last } = step
  const [paths, sizes] = [textsOf([full(table.path(file.entry))]), Float64Array.of(length)]
  return crew.do(file.entry % threads, 'read', { into, paths, sizes, part: { file: file.entry, offset, last } })
}

function keep({ table, known }: ReadingOptions, { entries }: KeptStep, position: number): number {
  let at = position
  for (const entry of entries) {
    table.offsets[entry] = at
    table.hashes.set(known!.hash(table.column('known', entry)), entry * hashLength)
    at += table.column('sizes', entry)
  }
  return at
}

function fileAt({ outcomes, codes, lengths, sizes, mtimes, ctimes, inodes, hashes }: ReadFiles, at: number): ReadFile {
  const code = codes[at]
  return {
    outcome: readOutcomes[outcomes[at]!]!,
    ...(code !== undefined && { code }),
    length: lengths[at]!,
    size: sizes[at]!,
    mtime: mtimes[at]!,
    ctime: ctimes[at]!,
    inode: inodes[at]!,
    hash: hashes.subarray(at * hashLength, (at + 1) * hashLength),
  }
}

/** Notes what became of the files of a batch, and returns the lengths of those that have any. */
function settleBatch(options: ReadingOptions, { entries }: BatchStep, found: ReadFiles, position: number, again: Step[]): number[] {
  const pieces: number[] = []
  let at = position
  entries.forEach((entry, place) => {
    const read = fileAt(found, place)
    if (read.outcome === 'grown') again.push(...(read.size > 0 ? largeSteps(entry, 1, read.size) : []))
    else if (isThere(options, entry, read)) {
      settle(options, entry, read, at, read.length, read.outcome === 'changed')
      if (read.length > 0) pieces.push(read.length)
      at += read.length
    }
  })
  return pieces
}

function settleLarge(options: ReadingOptions, { file, offset, length, last }: LargeStep, read: ReadFile, position: number, again: Step[]): number[] {
  const { entry, attempt } = file
  if (offset === 0) file.start = position
  file.facts ??= read
  // Only its first part says so; the others have nothing to add.
  if (file.facts.outcome !== 'ok') {
    if (offset === 0) isThere(options, entry, read)
    return []
  }
  if (read.outcome !== 'ok' || !sameFacts(read, file.facts) || read.size !== file.size || read.length !== length) file.steady = false
  file.length += read.length
  const pieces = read.length > 0 ? [read.length] : []
  if (!last) return pieces
  if (read.outcome === 'gone' || read.outcome === 'denied') isThere(options, entry, read)
  else if (file.steady || attempt >= attempts) settle(options, entry, { ...file.facts, ...read }, file.start, file.length, !file.steady)
  // What was read of it stays in the stream, and no entry names it.
  else again.push(...(read.size > 0 ? largeSteps(entry, attempt + 1, read.size) : [emptyAgain(entry)]))
  return pieces
}

/** It has become empty. */
function emptyAgain(entry: number): BatchStep {
  return { kind: 'batch', entries: [entry], bytes: 0 }
}

function settle({ table, changing, findings }: ReadingOptions, entry: number, read: ReadFile, start: number, length: number, changed: boolean): void {
  const path = table.path(entry)
  // With `fail`, the tree has to be as the walk found it.
  const differs = changing === 'fail' && (read.mtime !== table.column('mtimes', entry) || read.size !== table.column('sizes', entry))
  if (changed || differs) {
    if (changing === 'fail') throw changedProblem(path)
    findings.changed.push(path)
    table.changed[entry] = 1
  }
  table.update(entry, { ...read, size: length })
  table.offsets[entry] = start
  table.hashes.set(read.hash!, entry * hashLength)
}

/** @throws `source` when it is not, and that is not to be tolerated. */
function isThere({ table, changing, unreadable, findings }: ReadingOptions, entry: number, { outcome, code = 'unknown' }: ReadFile): boolean {
  const path = table.path(entry)
  if (outcome === 'gone') {
    if (changing === 'fail') throw changedProblem(path)
    findings.vanished++
    return false
  }
  if (outcome !== 'denied') return true
  if (unreadable === 'fail') throw readProblem(path, code)
  findings.unreadable.push({ path, code })
  return false
}

export function changedProblem(path: string): BackupError {
  return new BackupError('source', `${shown(path)} was changed while the tree was read.`, {
    plugin,
    key: path,
    hint: 'Run again when nobody writes to the tree, exclude what changes all the time, or leave "changing" at \'warn\'.',
  })
}

function sameFacts(one: ReadFile, other: ReadFile): boolean {
  return one.size === other.size && one.mtime === other.mtime && one.ctime === other.ctime && one.inode === other.inode
}
