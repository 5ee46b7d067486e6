import { existsSync, openSync } from 'node:fs'
import { availableParallelism, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Refusal, Release, Report, ScanRequest, ScanResult, SpooledPages } from '../host/protocol.ts'
import { fileSystemAt, freeBytes } from './file-system.ts'
import { type Header, readHeader } from './header.ts'
import { type ScanPlan, pagesPerBlock, scanLane } from './lane.ts'
import { type Memory, loadMemory, newMemory, saveMemory } from './memory.ts'
import { type PossibleModes, modeFor } from './mode.ts'
import { type Pin, assertUndisturbed, pin } from './pin.ts'
import { refuse } from './refusal.ts'
import { type View, readPages, viewOf, viewOfFile } from './view.ts'

type Tell = (report: Report) => void
type Hear = (listener: (note: Release) => void) => void

/** Takes a consistent view of a database and spools the pages that changed since the last run. */
export async function scan(request: ScanRequest, tell: Tell, hear: Hear): Promise<ScanResult> {
  stepBack()
  const mode = modeFor(
    request,
    existsSync(request.path) ? fileSystemAt(request.path) : 'local',
    process.platform,
    tell,
  )
  const pinned = await pin(request, tell)
  const release = once(pinned.release)
  try {
    const { view, mode: used } = await viewFor(mode, request, pinned, tell)
    if (used === 'copy') release()
    const header = checkedHeader(view, pinned)
    const known = request.previous === undefined ? undefined : loadMemory(request.previous)
    const comparable = known?.pageBytes === view.pageBytes ? known : undefined
    // Without it, every page goes to the spool.
    if (!comparable) assertRoom(request.folder, view.pageBytes * view.pageCount)
    const found = newMemory(view.pageBytes, view.pageCount, comparable?.key)

    const { pageBytes, pageCount } = view
    tell({ type: 'opened', pageBytes, pageCount, incremental: comparable !== undefined })
    await scanPages(view, comparable, found, request.folder, tell, hear)
    if (used === 'direct') assertUndisturbed(pinned)
    release()

    const state = join(request.folder, 'state')
    saveMemory(state, found)
    return { state, facts: factsOf(used, pinned, view, header) }
  } finally {
    release()
  }
}

/** The application comes first. This is about the reader process, with all its threads. */
function stepBack(): void {
  try {
    setPriority(Math.min(19, getPriority() + 5))
  } catch {
    // Some containers do not allow it. The work is done all the same.
  }
}

async function viewFor(
  mode: PossibleModes,
  request: ScanRequest,
  pinned: Pin,
  tell: Tell,
): Promise<{ view: View; mode: 'direct' | 'copy' }> {
  if (pinned.journalMode !== 'wal' && pinned.pageCount > 0) {
    tell({
      type: 'warning',
      message: `In journal mode ${pinned.journalMode}, nobody can write to ${request.path} while it is read.`,
      hint: 'Run `PRAGMA journal_mode = WAL` once; then readers and writers do not wait for each other.',
    })
  }
  if (mode === 'copy') return { view: await copyOf(pinned, request.folder), mode }
  try {
    return { view: await viewOf(pinned), mode: 'direct' }
  } catch (error) {
    const { refusal } = error as { refusal?: Refusal }
    if (mode === 'direct' || refusal?.kind !== 'unsupported') throw error
    tell({
      type: 'warning',
      message: refusal.message,
      hint: "It is copied through SQLite instead, as with mode: 'copy'.",
    })
    return { view: await copyOf(pinned, request.folder), mode: 'copy' }
  }
}

/** Under the read transaction, so that no writer makes the copying start anew. */
async function copyOf({ connection, pageBytes, pageCount }: Pin, folder: string): Promise<View> {
  assertRoom(folder, pageBytes * pageCount)
  const path = join(folder, 'copy.db')
  await connection.backup(path, Math.max(1, Math.floor(copyStepBytes / pageBytes)), () => {})
  return viewOfFile(openSync(path, 'r'), pageBytes, pageCount)
}

function assertRoom(folder: string, bytes: number): void {
  const free = freeBytes(folder)
  if (bytes <= free) return
  throw refuse(
    'quota',
    `A first snapshot of the database needs ${bytes} bytes in ${folder}, where ${free} are free.`,
  )
}

function checkedHeader(view: View, { place }: Pin): Header | undefined {
  if (view.pageCount === 0) return undefined
  const page = new Uint8Array(view.pageBytes)
  readPages(view, 0, 1, page)
  const header = readHeader(page)
  const claimed = header?.pageCountValid === true ? header.pageCount : view.pageCount
  if (header?.pageBytes === view.pageBytes && claimed <= view.pageCount) return header
  throw refuse(
    'source',
    `The database ${place.path} contradicts itself: its header tells of ${claimed} pages of ` +
      `${header?.pageBytes ?? 0} bytes, and there are ${view.pageCount} of ${view.pageBytes}.`,
    'Run `PRAGMA integrity_check` on it.',
  )
}

/** In this thread, and in another one if it is worth starting. */
async function scanPages(
  view: View,
  known: Memory | undefined,
  found: Memory,
  folder: string,
  tell: Tell,
  hear: Hear,
): Promise<void> {
  const next = new Int32Array(new SharedArrayBuffer(4))
  const plan: ScanPlan = known ? { view, known, found, next } : { view, found, next }
  const large = view.pageCount > pagesPerBlock(view.pageBytes) * blocksWorthAThread
  const helper =
    large && availableParallelism() > 1 ? scanInThread(plan, join(folder, 'spool-2'), tell, hear) : undefined
  await Promise.all([scanLane(plan, join(folder, 'spool-1'), tell, hear), helper])
}

function scanInThread(plan: ScanPlan, spool: string, tell: Tell, hear: Hear): Promise<void> {
  // Descriptors belong to this thread; a worker that ends must not close them.
  const worker = new Worker(new URL(import.meta.url.replace(/scan(\.\w+)$/, 'child$1')), {
    workerData: { plan, spool },
    trackUnmanagedFds: false,
  })
  hear((note) => worker.postMessage(note))
  return new Promise((resolve, reject) => {
    worker.on('message', (batch: SpooledPages) => tell(batch))
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })
}

/** What is known at no cost, of the state that was read. */
function factsOf(mode: string, pinned: Pin, view: View, header: Header | undefined): ScanResult['facts'] {
  const { journalMode, sqliteVersion } = pinned
  const { pageBytes, pageCount, logFrames } = view
  const base = {
    engine: 'sqlite',
    mode,
    journalMode,
    sqliteVersion,
    pageBytes,
    pageCount,
    walFrames: logFrames,
  }
  if (!header) return base
  const { changeCounter, schemaCookie, userVersion, applicationId, freePages, autoVacuum, encoding } = header
  return { ...base, changeCounter, schemaCookie, userVersion, applicationId, freePages, autoVacuum, encoding }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

const blocksWorthAThread = 64
const copyStepBytes = 4 << 20
