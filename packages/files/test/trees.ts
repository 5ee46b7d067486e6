import { lstatSync, lutimesSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Backup, type BackupConfig, type BackupSource, createBackup, rawKey } from '@backup/core'
import { type MemoryProvider, memoryProvider } from '@backup/core/testing'
import { afterAll } from 'vitest'
import { pathOf, textOf } from '../src/names.ts'
import { removeTree } from '../src/restore/swap.ts'

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders.splice(0)) await removeTree(folder)
})

/** A folder that is gone after the tests of the file. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backup-files-'))
  folders.push(folder)
  return folder
}

/** What a tree is made of: text or bytes for a file, an arrow for a link, nothing for an empty folder. */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string } | undefined>>

/** Long ago, in whole seconds: Node sets times to the microsecond only. */
const longAgo = 1_700_000_000

/** Lays a tree out; all times are of the past, but for those that nobody can set. */
export function layOut(root: string, tree: Tree): string {
  mkdirSync(root, { recursive: true })
  for (const [path, content] of Object.entries(tree)) {
    const full = join(root, path)
    mkdirSync(content === undefined ? full : dirname(full), { recursive: true })
    if (content === undefined) continue
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, full)
    else writeFileSync(full, content)
  }
  settleTimes(root)
  return root
}

export function settleTimes(root: string): void {
  const facts = lstatSync(pathOf(root))
  if (facts.isDirectory()) for (const name of namesIn(root)) settleTimes(`${root}/${name}`)
  if (facts.isSymbolicLink()) lutimesSync(pathOf(root), longAgo, longAgo)
  else utimesSync(pathOf(root), longAgo, longAgo)
}

function namesIn(folder: string): string[] {
  return readdirSync(pathOf(folder), 'buffer').map(textOf)
}

/** Everything there is to know about a tree, as far as it is kept. */
export function pictureOf(root: string): Record<string, string> {
  const picture: Record<string, string> = {}
  const look = (path: string, full: string): void => {
    const facts = lstatSync(pathOf(full))
    const common = `${(facts.mode & 0o7777).toString(8)} ${Math.floor(facts.mtimeMs)}`
    if (facts.isDirectory()) {
      picture[path] = `folder ${common}`
      for (const name of namesIn(full)) look(`${path}/${name}`, `${full}/${name}`)
    } else if (facts.isSymbolicLink()) picture[path] = `link ${Math.floor(facts.mtimeMs)} ${readlinkSync(pathOf(full))}`
    else if (facts.isFile()) picture[path] = `file ${common} ${readFileSync(pathOf(full)).toString('base64')}`
    else picture[path] = 'special'
  }
  look('.', root)
  return picture
}

export interface Shelf {
  readonly backup: Backup
  readonly provider: MemoryProvider
  /** The same repository and local state, for another source. */
  with(source: BackupSource, config?: Partial<BackupConfig>): Backup
}

/** A repository in memory. */
export async function shelf(source: BackupSource, config: Partial<BackupConfig> = {}): Promise<Shelf> {
  const provider = memoryProvider()
  const state = freshFolder()
  const make = (of: BackupSource, more: Partial<BackupConfig> = {}): Backup =>
    createBackup({ source: of, providers: [provider], keys: rawKey(new Uint8Array(32).fill(3)), state, workers: 1, ...config, ...more })
  const backup = make(source)
  await backup.init()
  return { backup, provider, with: make }
}
