import { realpath } from 'node:fs/promises'
import { type ConsistencyProof, BackupError, type SourceContext, type SourceSnapshot, throwIfAborted } from '@backup/core'
import { type Crew, type FileProblem, createCrew } from '../crew.ts'
import type { Settings } from '../options.ts'
import { readProblem, shown } from '../problem.ts'
import { type KnownRecord, encodeKnown, knownFiles } from '../thread/known.ts'
import { type Entries, type WalkResult, hashLength } from '../thread/protocol.ts'
import { manifestOf } from './manifest.ts'
import { type Findings, changedProblem, readFiles } from './reading.ts'
import { type Table, tableOf } from './table.ts'

export const streams = { content: 'content', manifest: 'manifest' } as const

/** Walks through the tree, then hands out what is in it. */
export async function openTree(settings: Settings, context: SourceContext): Promise<SourceSnapshot> {
  const { signal } = context
  throwIfAborted(signal, 'opening a tree')
  const roots = await realRoots(settings)
  const crew = createCrew()
  const abandon = (): void => void crew.dismiss()
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    const state = await context.previousState(streams.content)
    const startedAt = Date.now()
    const walked = await walkTree(crew, settings, roots, state)
    throwIfAborted(signal, 'reading a tree')
    return snapshotOf({ settings, context, crew, roots, state, startedAt, ...walked }, async () => {
      signal?.removeEventListener('abort', abandon)
      await crew.dismiss()
    })
  } catch (error) {
    signal?.removeEventListener('abort', abandon)
    await crew.dismiss()
    throwIfAborted(signal, 'reading a tree')
    throw error
  }
}

type Roots = ReadonlyMap<string, string>

interface Opened {
  readonly settings: Settings
  readonly context: SourceContext
  readonly crew: Crew
  readonly roots: Roots
  readonly state: Uint8Array | undefined
  readonly startedAt: number
  readonly table: Table
  readonly walk: WalkResult
}

function snapshotOf(opened: Opened, close: () => Promise<void>): SourceSnapshot {
  const { settings, context, crew, roots, table, walk } = opened
  const { signal } = context
  const known = opened.state && knownFiles(opened.state)
  const findings: Findings = { changed: [], vanished: 0, unreadable: [...walk.unreadable] }
  let read = 0
  const counted = async function* <Part>(parts: AsyncIterable<Part>): AsyncGenerator<Part, void, undefined> {
    try {
      yield* parts
    } catch (error) {
      throwIfAborted(signal, 'reading files')
      throw error
    }
    read++
  }
  const { changing, unreadable } = settings
  const full = (path: string): string => fullPath(roots, path)
  return {
    async *streams() {
      let left = filesIn(table)
      context.count?.('files', 0, left)
      // One that grows meanwhile is read again, and counted once.
      const done = (files: number): void => {
        context.count?.('files', Math.min(files, left))
        left -= Math.min(files, left)
      }
      const parts = readFiles({ table, crew, known, full, changing, unreadable, findings, signal, done })
      yield {
        name: streams.content,
        content: { kind: 'spliced', parts: () => counted(parts), state: () => stateOf(opened) },
      }
      // Whoever asks for the next has read all of the last one.
      await crew.rest()
      yield { name: streams.manifest, content: { kind: 'bytes', given: true, read: () => counted(manifestOf(table, [...roots.keys()])) } }
    },
    async finish() {
      throwIfAborted(signal, 'reading a tree')
      if (read < Object.keys(streams).length) return { complete: false }
      if (changing === 'fail') await expectUnchanged(opened)
      warnOf(context, findings)
      return proofOf(opened, findings)
    },
    close,
  }
}

function filesIn(table: Table): number {
  let files = 0
  for (let entry = 0; entry < table.count; entry++) if (table.isFile(entry)) files++
  return files
}

/** A root may be a link to where the tree is; nothing in the tree is followed. */
async function realRoots({ roots }: Settings): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const [name, path] of roots) {
    try {
      found.set(name, await realpath(path))
    } catch (error) {
      throw readProblem(path, (error as NodeJS.ErrnoException).code ?? 'unknown')
    }
  }
  return found
}

async function walkTree(crew: Crew, settings: Settings, roots: Roots, state?: Uint8Array): Promise<{ table: Table; walk: WalkResult }> {
  const batches: Entries[] = []
  const { include, exclude, unreadable } = settings
  const job = { roots: [...roots], include, exclude, skipUnreadable: unreadable === 'skip', ...(state && { state }) }
  try {
    const walk = await crew.do(0, 'walk', job, { onPart: (part) => batches.push(part) })
    return { table: tableOf(batches), walk }
  } catch (error) {
    if (BackupError.is(error)) throw error
    const { path, code } = error as FileProblem
    throw readProblem(path, code)
  }
}

function fullPath(roots: Roots, path: string): string {
  const only = roots.get('')
  if (only !== undefined) return path === '.' ? only : `${only}/${path}`
  const slash = path.indexOf('/')
  const root = roots.get(slash < 0 ? path : path.slice(0, slash))!
  return slash < 0 ? root : `${root}${path.slice(slash)}`
}

/** As it was when the walk began, all of it: what was read is one state of the whole tree. */
async function expectUnchanged({ crew, settings, roots, table }: Opened): Promise<void> {
  const { table: now } = await walkTree(crew, settings, roots)
  const path = table.difference(now)
  if (path !== undefined) throw changedProblem(path)
}

/** Files whose times are too young are left out: they could change again without showing it. */
function stateOf({ table, startedAt, settings }: Opened): Uint8Array {
  const before = BigInt(startedAt - settings.youngMs) * 1_000_000n
  const isOld = (entry: number): boolean => table.column('mtimes', entry) < before && table.column('ctimes', entry) < before
  const isKnown = (entry: number): boolean => table.offsets[entry]! >= 0 && table.changed[entry] === 0 && table.column('sizes', entry) > 0 && isOld(entry)
  let count = 0
  for (let entry = 0; entry < table.count; entry++) if (isKnown(entry)) count++
  function* records(): Generator<KnownRecord> {
    for (let entry = 0; entry < table.count; entry++) {
      if (!isKnown(entry)) continue
      yield {
        path: table.path(entry),
        size: table.column('sizes', entry),
        mtime: table.column('mtimes', entry),
        ctime: table.column('ctimes', entry),
        inode: table.column('inodes', entry),
        offset: table.offsets[entry]!,
        hash: table.hashes.subarray(entry * hashLength, (entry + 1) * hashLength),
      }
    }
  }
  return encodeKnown(count, records())
}

function proofOf({ settings, table, walk }: Opened, { changed, vanished, unreadable }: Findings): ConsistencyProof {
  const counts = { files: 0, folders: 0, links: 0, bytes: 0 }
  for (let entry = 0; entry < table.count; entry++) {
    if (table.isFolder(entry)) counts.folders++
    else if (!table.isFile(entry)) counts.links++
    else if (table.offsets[entry]! >= 0) {
      counts.files++
      counts.bytes += table.column('sizes', entry)
    }
  }
  return {
    complete: true,
    oneState: settings.changing === 'fail',
    ...counts,
    special: walk.special,
    vanished,
    unreadable: unreadable.length,
    changedWhileRead: changed.length,
    ...(changed.length > 0 && { changed: named(changed) }),
    ...(unreadable.length > 0 && { left: named(unreadable.map(({ path }) => path)) }),
  }
}

/** Names in a proof are for people; the manifest marks each changed file. */
const namedMost = 20

function named(paths: readonly string[]): string {
  const more = paths.length - namedMost
  return paths.slice(0, namedMost).map(shown).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function warnOf({ warn }: SourceContext, { changed, unreadable }: Findings): void {
  if (changed.length > 0) warn(`Changed while they were read: ${named(changed)}.`, 'What was read of them last is in the snapshot. Use a source that reads them consistently, or exclude them.')
  if (unreadable.length > 0) warn(`Could not be read, and are not in the snapshot: ${named(unreadable.map(({ path }) => path))}.`, 'Mend their rights, or exclude them.')
}

