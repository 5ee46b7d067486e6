import { Buffer } from '../stand-ins/buffer.ts'
import { type Manifest, readManifest } from '../../../packages/files/src/manifest/read.ts'
import {
  Damage, ROLE, type Repository, type Snapshot, Stop, type Stream, findRepository, loadTables, measureStream, readUnit, safeName, secretsFrom,
  shown, unlock, windowsOf,
} from '../../restore.mjs'
import { type Picked, mount } from '../stand-ins/fs.ts'
import { entriesOf } from './entries.ts'
import type { Contents, Form, Item, Opened, Part, SnapshotView, Unlocked } from './protocol.ts'
import { tarOf } from './tar.ts'

// The restore program's own sections, in the order in which somebody restores: folder, secret, snapshot, bytes.

/** So much of a stream is in memory at a time, beside the segments that it is made of. */
const windowBytes = 16 * 1024 * 1024

let repository: Repository
let items: readonly Found[] = []

interface Found {
  readonly item: Omit<Item, 'fileName'> & { readonly fileName?: string }
  readonly content: Stream
  readonly manifest?: Manifest
}

export function open(files: Picked): Opened {
  const root = rootOf(files)
  mount(files)
  repository = findRepository(root)
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0)
  return { root, created: shown(repository.format.created), bytes }
}

/** Somebody may have picked a folder above the repository, or all of a disk. */
function rootOf(files: Picked): string {
  const roots = new Set<string>()
  for (const path of files.keys()) {
    const { 1: root } = /^(.*)\/format\/v\d+\/[0-9a-f]{64}$/.exec(path) ?? []
    if (root !== undefined) roots.add(root)
  }
  const [root] = roots
  if (root === undefined) {
    throw new Stop('This folder holds no backup: there is no file "format/v1/…" in it. Choose the folder that has "format", "slots", ' +
      '"packs" and "commits" in it. If you are looking at it, it may be an incomplete copy.')
  }
  if (roots.size > 1) throw new Stop(`There are ${roots.size} backups in this folder. Choose one of them: ${[...roots].sort().map(shown).join(', ')}.`)
  return root
}

export function unlocked(secret: string): Unlocked {
  repository.faults.clear()
  unlock(repository, secretsFrom(secret))
  const { commits, snapshots } = repository
  if (snapshots.length === 0) throw new Stop('There is no snapshot in this backup that can be read.')
  return { snapshots: snapshots.map(viewOf).reverse(), incomplete: commits.length - snapshots.length }
}

function viewOf({ id, time, kind, label, note, streams }: Snapshot): SnapshotView {
  return { id, time, kind, label, note: note === null ? '' : shown(note), bytes: streams.reduce((sum, { size }) => sum + size, 0) }
}

let tablesLoaded: Repository | undefined

export function choose(id: string): Contents {
  const snapshot = repository.snapshots.find((one) => one.id === id)
  if (!snapshot) throw new Stop('That snapshot is not there any more. Begin again.')
  if (tablesLoaded !== repository) loadTables(repository)
  tablesLoaded = repository
  items = withFileNames(itemsOf(snapshot))
  return { items: items.map(({ item }) => item as Item), missing: repository.missing }
}

/** Streams that belong together are one thing to a person. */
function itemsOf({ streams }: Snapshot): readonly Found[] {
  const named = new Map(streams.map((stream) => [stream.name, stream]))
  const found: Found[] = []
  for (const stream of streams) {
    const part = /^(.*\/)?content$/.exec(stream.name)?.[1] ?? (stream.name === 'content' ? '' : undefined)
    const manifest = part === undefined ? undefined : named.get(`${part}manifest`)
    if (manifest) found.push(treeOf(part === '' ? 'files' : part!.slice(0, -1), stream, manifest))
    else if (!/^(.*\/)?manifest$/.test(stream.name) || !named.has(stream.name.replace(/manifest$/, 'content'))) found.push(streamOf(stream))
  }
  return found
}

function withFileNames(found: readonly Found[]): readonly Found[] {
  const taken = new Set<string>()
  return found.map(({ item, ...rest }) => {
    const wanted = safeName(item.name)
    let fileName = wanted
    for (let copy = 2; taken.has(fileName.toLowerCase()); copy++) fileName = `${wanted}-${copy}`
    taken.add(fileName.toLowerCase())
    return { item: { ...item, fileName }, ...rest }
  })
}

function streamOf(stream: Stream): Found {
  const item = { name: shown(stream.name), type: 'stream', bytes: stream.size } as const
  const damage = damageOf(() => measureStream(repository, stream))
  return { item: { ...item, ...(damage && { damage }) }, content: stream }
}

function treeOf(name: string, content: Stream, listed: Stream): Found {
  const item = { name: shown(name), type: 'tree', bytes: content.size } as const
  let manifest: Manifest | undefined
  const damage = damageOf(() => {
    measureStream(repository, content)
    measureStream(repository, listed)
    manifest = readManifest(Buffer.concat([...bytesOf(listed)]))
  })
  if (damage || !manifest) return { item: { ...item, damage: damage ?? 'its list of files is damaged' }, content }
  const count = (type: string): number => manifest!.entries.filter((entry) => entry.type === type).length
  const bytes = manifest.entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0)
  return { item: { ...item, bytes, files: count('file'), folders: count('folder'), links: count('link') }, content, manifest }
}

function damageOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof Damage || (error as { kind?: unknown }).kind !== undefined) return (error as Error).message
    throw error
  }
}

/** A stream from its beginning to its end; every unit was compared with its id. */
function* bytesOf(stream: Stream): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  for (const { units, start, end } of windowsOf(repository, stream, windowBytes)) {
    const bytes = new Uint8Array(end - start)
    for (const unit of units) bytes.set(readUnit(repository, unit.id, ROLE.data), unit.start - start)
    yield bytes
  }
}

let parts: Iterator<Part> = [][Symbol.iterator]()

export function begin(number: number, form: Form): void {
  const { item, content, manifest } = items[number]!
  const bytes = bytesOf(content)
  parts = form === 'stream' || !manifest ? asParts(bytes) : form === 'tar' ? asParts(tarOf(manifest, (item as Item).fileName, bytes)) : entriesOf(manifest, bytes)
}

export function next(): Part | undefined {
  const { done, value } = parts.next()
  return done ? undefined : value
}

function* asParts(pieces: Iterable<Uint8Array<ArrayBuffer>>): Generator<Part, void, undefined> {
  for (const bytes of pieces) yield { kind: 'bytes', bytes }
}
