import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { BackupError } from '@backup/core'
import { pathOf, textOf } from '../names.ts'
import { plugin, shown, writeProblem } from '../problem.ts'

/** Something that is ready, the place it takes, and where goes what is there now. */
export interface Swap {
  readonly staged: string
  readonly final: string
  readonly safety: string
}

/**
 * Puts everything in its place. A tree cannot replace another in one step: for a moment there is none. So a note of what is to be done
 * is on disk before the first step; whoever finds it after a crash finishes it. Without a crash, a step that fails takes the others back.
 *
 * @returns the safety copies that were made
 */
export async function swapAll(swaps: readonly Swap[]): Promise<string[]> {
  const replaced: string[] = []
  for (const { final } of swaps) if (await isThere(final)) replaced.push(final)
  const note = replaced.length > 0 || swaps.length > 1 ? noteOf(swaps[0]!.final) : undefined
  const done: (() => Promise<void>)[] = []
  try {
    if (note !== undefined) await writeNote(note, swaps)
    for (const { staged, final, safety } of swaps) {
      if (replaced.includes(final)) {
        await mkdir(pathOf(dirname(safety)), { recursive: true })
        await rename(pathOf(final), pathOf(safety))
        done.push(() => rename(pathOf(safety), pathOf(final)))
      }
      await rename(pathOf(staged), pathOf(final))
      done.push(() => rename(pathOf(final), pathOf(staged)))
    }
  } catch (error) {
    const failures: Error[] = []
    for (const undo of done.reverse()) await undo().catch((failed: Error) => failures.push(failed))
    if (note !== undefined) await removeNote(note)
    if (failures[0]) throw await halfWay(error, failures[0], swaps)
    throw writeProblem(error, swaps[0]!.final, 'put the restored files in place at')
  }
  for (const folder of new Set(swaps.map(({ final }) => dirname(final)))) await syncFolder(folder)
  if (note !== undefined) await removeNote(note)
  return swaps.filter(({ final }) => replaced.includes(final)).map(({ safety }) => safety)
}

async function halfWay(error: unknown, failed: Error, swaps: readonly Swap[]): Promise<BackupError> {
  const { final } = swaps[0]!
  const { kind, message } = writeProblem(error, final, 'put the restored files in place at')
  const kept: string[] = []
  for (const one of swaps) if (kept.length < mostShown && (await isThere(one.safety))) kept.push(`${shown(one.safety)} for ${shown(one.final)}`)
  return new BackupError(kind, `${message} What was there before could not be put back: ${failed.message}.`, {
    plugin,
    key: final,
    retryable: false,
    altered: true,
    hint: `Close the application, and put back what was there before: ${kept.join(', ')}.`,
    cause: error,
  })
}

const mostShown = 10

/**
 * Finishes what a crash interrupted, and takes away what restores left that were killed before. Called before a tree is used.
 *
 * @throws `busy` while another process is at it
 */
export async function settle(final: string): Promise<void> {
  const note = noteOf(final)
  const noted = await readNote(note)
  if (noted) {
    if (noted.isUnderWay) throw new BackupError('busy', `${shown(final)} is being restored.`, { plugin, key: final })
    for (const swap of noted.swaps) await finishSwap(swap)
    await removeNote(note)
  }
  await removeStale(final)
}

async function finishSwap({ staged, final, safety }: Swap): Promise<void> {
  if (!(await isThere(staged))) return
  if (await isThere(final)) {
    await mkdir(pathOf(dirname(safety)), { recursive: true })
    await rename(pathOf(final), pathOf(safety))
  }
  await rename(pathOf(staged), pathOf(final))
}

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(pathOf(path)).catch(() => undefined)) !== undefined
}

const noteOf = (final: string): string => `${final}.restoring`

/** Notes of restores of this process: a new process may have the number of the one that was killed. */
const ownNotes = new Set<string>()
/** Swapping takes milliseconds. */
const longestMs = 60_000

async function writeNote(note: string, swaps: readonly Swap[]): Promise<void> {
  ownNotes.add(note)
  // Made under another name: a note that is there is whole.
  const unfinished = `${swaps[0]!.final}.partial-${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(pathOf(unfinished), JSON.stringify({ pid: process.pid, at: Date.now(), swaps }), { flush: true, mode: 0o600 })
  await rename(pathOf(unfinished), pathOf(note))
  await syncFolder(dirname(note))
}

async function removeNote(note: string): Promise<void> {
  await rm(pathOf(note), { force: true })
  ownNotes.delete(note)
}

async function readNote(note: string): Promise<{ swaps: readonly Swap[]; isUnderWay: boolean } | undefined> {
  const text = await readFile(pathOf(note), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { pid, at, swaps } = JSON.parse(text) as { pid: number; at: number; swaps: Swap[] }
  const isUnderWay = pid === process.pid ? ownNotes.has(note) : isRunning(pid) && Date.now() - at < longestMs
  return { swaps, isUnderWay }
}

/** Trees and notes that were being put together when their process was killed. */
async function removeStale(final: string): Promise<void> {
  const [folder, prefix] = [dirname(final), `${basename(final)}.partial-`]
  for (const name of await readdir(pathOf(folder)).catch(() => [])) {
    const [, pid] = name.startsWith(prefix) ? (/^(\d+)-[0-9a-f]{8}$/.exec(name.slice(prefix.length)) ?? []) : []
    if (pid !== undefined && Number(pid) !== process.pid && !isRunning(Number(pid))) await removeTree(`${folder}/${name}`)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Also where its folders have got their modes already, and may not be written to. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(pathOf(path), { recursive: true, force: true })
  } catch {
    await unlockFolders(path)
    await rm(pathOf(path), { recursive: true, force: true })
  }
}

async function unlockFolders(path: string): Promise<void> {
  await chmod(pathOf(path), 0o700)
  for (const name of await readdir(pathOf(path), 'buffer')) {
    const inner = `${path}/${textOf(name)}`
    if ((await lstat(pathOf(inner))).isDirectory()) await unlockFolders(inner)
  }
}

/** A name is only safe when its folder is on disk. Windows cannot, and need not. */
async function syncFolder(folder: string): Promise<void> {
  const file = await open(pathOf(folder), 'r').catch(() => undefined)
  try {
    await file?.sync().catch(() => {})
  } finally {
    await file?.close()
  }
}
