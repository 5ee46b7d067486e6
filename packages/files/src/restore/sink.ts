import { execFile } from 'node:child_process'
import { lstat, mkdir, readdir, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { BackupError, type RestoreContext, type RestoreSink, type RestoredPlace, throwIfAborted } from '@backup/core'
import { streams } from '../backup/snapshot.ts'
import { createCrew } from '../crew.ts'
import type { LinkEntry, ManifestEntry } from '../manifest/entry.ts'
import { manifestReader } from '../manifest/read.ts'
import type { ManifestTable } from '../manifest/table.ts'
import { pathOf } from '../names.ts'
import type { Settings } from '../options.ts'
import { plugin, shown, writeProblem } from '../problem.ts'
import { textsOf } from '../thread/texts.ts'
import { type WrittenFile, type Written, writtenColumns } from '../thread/written.ts'
import { type Place, pathIn, placesOf } from './places.ts'
import { type Pouring, pourInto } from './pouring.ts'
import { type Swap, isThere, removeTree, settle, swapAll } from './swap.ts'
import { filesInOrder, wantedEntries } from './wanted.ts'

/** What was restored where, for whoever wants to compare. */
export interface Restored {
  readonly place: string
  readonly table: ManifestTable
  /** Those that were restored. */
  readonly entries: Uint32Array
  readonly full: (path: string) => string
}

/** The way back: everything is put together beside its place, and takes it when it is complete. */
export async function openTreeSink(settings: Settings, context: RestoreContext, remember: (restored: Restored) => void): Promise<RestoreSink> {
  const { signal, overwrite, only, to, warn } = context
  throwIfAborted(signal, 'preparing a restore')
  const places = await placesOf(settings, context)
  const live = to === undefined
  /** Some files go into the tree that is there; everything else replaces it. */
  const into = live && only !== undefined
  for (const { final } of places) await settle(final)
  const refuseIfThere = async (): Promise<void> => {
    if (overwrite || into) return
    for (const { final } of places) if (!(await isFree(final))) throw there(final)
  }
  await refuseIfThere()

  const crew = createCrew()
  const manifest = manifestReader()
  let staging: Staging | undefined
  let prepared: Promise<void> | undefined
  const problem = (error: unknown): BackupError => writeProblem(error, (error as { path?: string }).path ?? places[0]!.final, 'write')
  const started = (): Staging => {
    if (staging) return staging
    throw new BackupError('unsupported', 'The snapshot has no tree of files.', { plugin })
  }

  const stage = async (size: number): Promise<Pouring> => {
    const table = manifest.end()
    const entries = wantedEntries(table, only)
    const staged = pathIn(places, table.roots, 'staged')
    const full = pathIn(places, table.roots, 'final')
    const fileOf = writtenIn(staged)
    const written = (some: ArrayLike<number>): Written => writtenColumns(some.length, (at) => fileOf(table.at(some[at]!)))
    const files = filesInOrder(table, entries, size)
    context.count?.('files', 0, files.length)
    const pouring = pourInto({ crew, table, files, written, problem, done: (count) => context.count?.('files', count) })
    staging = { table, entries, written, full, staged, pouring }
    const folders = Array.from(entries.filter((entry) => table.type(entry) === 'folder'), (entry) => staged(table.path(entry)))
    // Several trees go into a folder that none of them has an entry for.
    const around = !live && table.roots[0] !== '' ? [places[0]!.staged] : []
    const empty = entries.filter((entry) => table.type(entry) === 'file' && table.size(entry) === 0)
    await crew.do(0, 'make', { folders: textsOf([...around, ...folders]), files: written(empty) }).catch((error: unknown) => {
      throw problem(error)
    })
    return pouring
  }

  const prepare = async (): Promise<void> => {
    const { table, entries, written, pouring } = started()
    await pouring.end()
    const replaces = overwrite && !into && (await Promise.all(places.map(({ final }) => isThere(final)))).includes(true)
    if (live && replaces && (settings.include || settings.exclude.length > 0)) await carryOver()
    const links = entries.filter((entry) => table.type(entry) === 'link')
    const targets = Array.from(links, (entry) => (table.at(entry) as LinkEntry).target)
    const folders = entries.filter((entry) => table.type(entry) === 'folder').reverse()
    const job = { files: written(pouring.unfinished), links: written(links), targets: textsOf(targets), folders: written(folders) }
    const lost = await crew.do(0, 'finish', job).catch((error: unknown) => {
      throw problem(error)
    })
    if (lost.length > 0) warn(`Links could not be made: ${lost.map(shown).join(', ')}.`, 'Windows lets only some users make links.')
    if (replaces || into) await flush(places)
    throwIfAborted(signal, 'restoring')
  }
  /** What is no part of the backup stays. */
  const carryOver = async (): Promise<void> => {
    const { include, exclude } = settings
    const named = (stage: 'final' | 'staged'): [string, string][] => places.map((place) => [place.root ?? '', place[stage]])
    await crew.do(0, 'carry', { include, exclude, from: named('final'), to: named('staged') }).catch((error: unknown) => {
      throw problem(error)
    })
  }
  const swaps = async (): Promise<Swap[]> => {
    const time = new Date().toISOString().replaceAll(':', '-')
    const safetyOf = (final: string): string => `${final}.before-restore-${time}`
    if (!into) return places.map(({ staged, final }) => ({ staged, final, safety: safetyOf(final) }))
    return swapsInto(places, started(), safetyOf, overwrite)
  }

  return {
    async space(bytes) {
      const { bavail, bsize } = await statfs(dirname(places[0]!.final)).catch((error: unknown) => {
        throw writeProblem(error, dirname(places[0]!.final), 'look at')
      })
      return { neededBytes: bytes, freeBytes: bavail * bsize }
    },
    select(names) {
      if (names.includes(streams.manifest) && names.includes(streams.content)) return [streams.manifest, streams.content]
      throw new BackupError('unsupported', `The snapshot has the streams ${names.join(', ')}, which are none of a tree of files.`, { plugin })
    },
    async open({ name, size }) {
      throwIfAborted(signal, 'restoring')
      if (name === streams.content) return stage(size)
      return { kind: 'bytes', write: async (bytes) => manifest.write(bytes), end: async () => {} }
    },
    prepare: () => (prepared ??= prepare()),
    async commit(): Promise<RestoredPlace> {
      await (prepared ??= prepare())
      const { table, entries, full } = started()
      // Again: it may have come while the files were written.
      await refuseIfThere()
      for (const { final } of places) if (!into && (await isEmptyFolder(final))) await rmdir(pathOf(final))
      const kept = await swapAll(await swaps())
      await crew.dismiss()
      for (const { staged } of places) await removeTree(staged)
      const place = places.map(({ final }) => final).join(', ')
      remember({ place, table, entries, full })
      const copies = [...new Set(kept.map(topOf))]
      return { place, requiresRestart: live, ...(copies.length > 0 && { safetyCopy: copies.join(', ') }) }
    },
    async abort() {
      await crew.dismiss()
      await staging?.pouring.settled()
      for (const { staged } of places) await removeTree(staged)
    },
  }
}

interface Staging {
  readonly table: ManifestTable
  readonly entries: Uint32Array
  readonly written: (entries: ArrayLike<number>) => Written
  readonly full: (path: string) => string
  readonly staged: (path: string) => string
  readonly pouring: Pouring
}

/** Only root may give files away; everybody else owns what they restore. */
function writtenIn(staged: (path: string) => string): (entry: ManifestEntry) => WrittenFile {
  const [user, group] = [process.getuid?.(), process.getgid?.()]
  return (entry) => {
    const { path, mode, mtime, uid, gid } = entry
    const foreign = user === 0 && uid !== undefined && gid !== undefined && (uid !== user || gid !== group)
    return {
      path: staged(path),
      size: entry.type === 'file' ? entry.size : 0,
      mode: Number.parseInt(mode, 8),
      mtime: BigInt(mtime),
      sparse: entry.type === 'file' && entry.sparse === true,
      ...(foreign && { owner: [uid, gid] as const }),
    }
  }
}

/** Each file by itself takes its place in the tree that is there. */
async function swapsInto(places: readonly Place[], { table, entries, full, staged }: Staging, safetyOf: (final: string) => string, overwrite: boolean): Promise<Swap[]> {
  const swaps: Swap[] = []
  for (const number of entries) {
    const entry = table.at(number)
    const final = full(entry.path)
    const facts = await lstat(pathOf(final)).catch(() => undefined)
    if (entry.type === 'folder') {
      if (facts && !facts.isDirectory()) throw inTheWay(final)
      if (!facts) await mkdir(pathOf(final), { mode: Number.parseInt(entry.mode, 8) })
      continue
    }
    if (facts && !overwrite) throw there(final)
    if (facts?.isDirectory()) throw inTheWay(final)
    const place = places.find((candidate) => final === candidate.final || final.startsWith(`${candidate.final}/`))!
    swaps.push({ staged: staged(entry.path), final, safety: safetyOf(place.final) + final.slice(place.final.length) })
  }
  return swaps
}

/** Single files keep their paths in the folder that holds their safety copies. */
function topOf(path: string): string {
  return path.replace(/(\.before-restore-[\d.TZ-]+)\/.*$/s, '$1')
}

function there(path: string): BackupError {
  return new BackupError('exists', `${shown(path)} exists already.`, { plugin, key: path, hint: 'Choose another place, or set overwrite.' })
}

/** A folder that is a link now would lead out of the tree; one that is a file, and a file that is a folder, are for people to decide. */
function inTheWay(path: string): BackupError {
  return new BackupError('exists', `${shown(path)} is something else now than in the snapshot: nothing is written in its place or through it.`, {
    plugin,
    key: path,
    hint: 'Restore to another place with "to", and copy what is needed.',
  })
}

async function isFree(path: string): Promise<boolean> {
  return !(await isThere(path)) || isEmptyFolder(path)
}

async function isEmptyFolder(path: string): Promise<boolean> {
  const facts = await lstat(pathOf(path)).catch(() => undefined)
  return facts?.isDirectory() === true && (await readdir(pathOf(path))).length === 0
}

/** All that was written is on disk before it replaces anything. One call for the whole file system: a call for each file would take minutes. */
async function flush(places: readonly Place[]): Promise<void> {
  if (process.platform === 'win32') return
  for (const { staged } of places) {
    if (!(await stat(pathOf(staged)).catch(() => undefined))) continue
    // Without the program, the system writes it in its own time.
    await promisify(execFile)('sync', process.platform === 'linux' ? ['-f', staged] : []).catch(() => {})
  }
}
