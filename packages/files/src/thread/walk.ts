import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { pathOf, textOf } from '../names.ts'
import { type KnownFiles, knownFiles } from './known.ts'
import { type Entries, type WalkJob, type WalkResult, batchEntries, kinds } from './protocol.ts'
import { rulesOf } from './rules.ts'
import { textsOf } from './texts.ts'

/** Goes through trees, each folder before what is in it, names in the order of their code units, and hands out what it finds in batches. */
export function walk(job: WalkJob, give: (entries: Entries) => void): WalkResult {
  const { exclude, include, skipUnreadable } = job
  const excludes = rulesOf(exclude)
  const includes = include && rulesOf(include)
  const known = knownFiles(job.state)
  const unreadable: { path: string; code: string }[] = []
  let special = 0
  let batch = emptyBatch()

  const add = (path: string, facts: BigIntStats, target?: string): void => {
    addEntry(batch, path, facts, known, target)
    if (batch.names.length === batchEntries) giveBatch()
  }
  const giveBatch = (): void => {
    const { names, ...columns } = batch
    give({ ...columns, count: names.length, paths: textsOf(names) })
    batch = emptyBatch()
  }
  /** Runs what reads; what is not there any more is not there, and what may not be read is for the caller to decide. */
  const reading = <Result>(full: string, read: () => Result): Result | undefined => {
    try {
      return read()
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      if (!skipUnreadable) throw Object.assign(error as Error, { path: full })
      unreadable.push({ path: full, code })
      return undefined
    }
  }
  /** Folders that are only there if something below them is included, outermost first. */
  const waiting: { path: string; facts: BigIntStats }[] = []

  const visit = (path: string, full: string, isRoot: boolean): void => {
    const facts = isRoot ? lstatSync(pathOf(full), { bigint: true }) : reading(full, () => lstatSync(pathOf(full), { bigint: true }))
    if (!facts) return
    const folder = facts.isDirectory()
    if (!isRoot && excludes(path, folder)) return
    const wanted = isRoot || !includes || includes(path, folder)
    if (folder) return visitFolder(path, full, facts, wanted, isRoot)
    if (!wanted) return
    const isLink = facts.isSymbolicLink()
    if (!isLink && !facts.isFile()) return void special++
    const target = isLink ? reading(full, () => textOf(readlinkSync(pathOf(full), { encoding: 'buffer' }))) : undefined
    if (isLink && target === undefined) return
    flush()
    add(path, facts, target)
  }
  const flush = (): void => {
    for (const { path, facts } of waiting.splice(0)) add(path, facts)
  }
  const visitFolder = (path: string, full: string, facts: BigIntStats, wanted: boolean, isRoot: boolean): void => {
    waiting.push({ path, facts })
    if (wanted) flush()
    const names = isRoot ? namesIn(full) : reading(full, () => namesIn(full))
    for (const name of names ?? []) visit(path === '.' ? name : `${path}/${name}`, `${full}/${name}`, false)
    if (waiting.at(-1)?.path === path) waiting.pop()
  }

  for (const [name, path] of job.roots) visit(name === '' ? '.' : name, path, true)
  giveBatch()
  return { special, unreadable }
}

/** Text is faster, and bytes are needed only where it has lost something. */
function namesIn(folder: string): string[] {
  const names = readdirSync(pathOf(folder), 'utf8')
  if (!names.some((name) => name.includes('\uFFFD'))) return names.sort()
  return readdirSync(pathOf(folder), 'buffer').map(textOf).sort()
}

interface Batch extends Omit<Entries, 'count' | 'paths'> {
  readonly names: string[]
}

function emptyBatch(): Batch {
  return {
    names: [],
    kinds: new Uint8Array(batchEntries),
    modes: new Uint32Array(batchEntries),
    uids: new Uint32Array(batchEntries),
    gids: new Uint32Array(batchEntries),
    mtimes: new BigInt64Array(batchEntries),
    ctimes: new BigInt64Array(batchEntries),
    inodes: new BigUint64Array(batchEntries),
    sizes: new Float64Array(batchEntries),
    sparse: new Uint8Array(batchEntries),
    targets: {},
    known: new Int32Array(batchEntries).fill(-1),
  }
}

function addEntry(batch: Batch, path: string, facts: BigIntStats, known: KnownFiles | undefined, target: string | undefined): void {
  const at = batch.names.length
  batch.names.push(path)
  const file = facts.isFile()
  batch.kinds[at] = facts.isDirectory() ? kinds.folder : file ? kinds.file : kinds.link
  batch.modes[at] = Number(facts.mode & 0o7777n)
  batch.uids[at] = Number(facts.uid)
  batch.gids[at] = Number(facts.gid)
  batch.mtimes[at] = facts.mtimeNs
  batch.ctimes[at] = facts.ctimeNs
  batch.inodes[at] = BigInt.asUintN(64, facts.ino)
  if (target !== undefined) batch.targets[at] = target
  if (!file) return
  batch.sizes[at] = Number(facts.size)
  // Systems without blocks say 0 or nothing.
  batch.sparse[at] = facts.blocks > 0n && facts.blocks * 512n < facts.size ? 1 : 0
  const record = known?.find(path) ?? -1
  if (record >= 0 && known!.agrees(record, facts)) batch.known[at] = record
}
