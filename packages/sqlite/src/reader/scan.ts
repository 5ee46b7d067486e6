import { existsSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
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
import { stepBack } from './step-back.ts'
import { faultsInTrees } from './trees.ts'
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
  const pinned = await pin(request, tell, { evenDamaged: true })
  const release = once(pinned.release)
  try {
    const { view, mode: used } = await viewFor(mode, request, pinned, tell)
    if (used === 'copy') release()
    const { header, fault } = headerOf(view, pinned)
    const known = request.previous === undefined ? undefined : loadMemory(request.previous)
    const comparable = known?.pageBytes === view.pageBytes ? known : undefined
    // Without it, every page goes to the spool.
    if (!comparable) assertRoom(request.folder, view.pageBytes * view.pageCount)
    const found = newMemory(view.pageBytes, view.pageCount, comparable?.key)

    const { pageBytes, pageCount } = view
    tell({ type: 'opened', pageBytes, pageCount, incremental: comparable !== undefined })
    const changes = await scanPages(view, header, comparable, found, request.folder, tell, hear)
    const isAsBefore = changes === 0 && comparable?.pageCount === pageCount
    const inTrees = isAsBefore ? comparable.faults : header ? faultsInTrees(view, header, found.kinds) : []
    if (used === 'direct') assertUndisturbed(pinned)
    release()

    const state = join(request.folder, 'state')
    saveMemory(state, { ...found, faults: inTrees })
    const faults = [pinned.damage, fault, ...inTrees].filter((text) => text !== undefined)
    return { state, facts: factsOf(used, pinned, view, header), faults }
  } finally {
    release()
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

/** @throws `source` when nobody could make sense of the pages */
function headerOf(view: View, { place, damage }: Pin): { header?: Header; fault?: string } {
  if (view.pageCount === 0) return {}
  const page = new Uint8Array(view.pageBytes)
  readPages(view, 0, 1, page)
  const header = readHeader(page)
  if (header?.pageBytes !== view.pageBytes) {
    throw refuse(
      'source',
      `The database ${place.path} contradicts itself: its header tells of pages of ${header?.pageBytes ?? 0} bytes, and they have ${view.pageBytes}.`,
      'Run `PRAGMA integrity_check` on it.',
    )
  }
  const claimed = header.pageCountValid ? header.pageCount : view.pageCount
  if (claimed <= view.pageCount) return { header }
  const fault = `The header tells of ${claimed} pages, and there are ${view.pageCount}: the end of the file is missing.`
  return damage === undefined ? { header, fault } : { header }
}

/** In this thread, and in another one if it is worth starting. @returns how many pages changed */
async function scanPages(
  view: View,
  header: Header | undefined,
  known: Memory | undefined,
  found: Memory,
  folder: string,
  tell: Tell,
  hear: Hear,
): Promise<number> {
  const [next, changes] = [new Int32Array(new SharedArrayBuffer(4)), new Int32Array(new SharedArrayBuffer(4))]
  const usableBytes = view.pageBytes - (header?.reservedBytes ?? 0)
  const plan: ScanPlan = { view, found, next, changes, usableBytes, ...(known && { known }) }
  const large = view.pageCount > pagesPerBlock(view.pageBytes) * blocksWorthAThread
  const helper =
    large && availableParallelism() > 1 ? scanInThread(plan, join(folder, 'spool-2'), tell, hear) : undefined
  await Promise.all([scanLane(plan, join(folder, 'spool-1'), tell, hear), helper])
  return Atomics.load(changes, 0)
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
