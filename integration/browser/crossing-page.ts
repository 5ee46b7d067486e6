import { createBackup, passphrase } from '@backup/core'
import { memorySource } from '@backup/core/testing'
import { type DirectoryHandle, directoryHandle, opfs } from '@backup/opfs'

// What a page does with a folder that Node wrote: restores from it, and goes on with it.

/** A file and its bytes in base64, which every bridge between programs takes. */
export type CarriedFile = readonly [path: string, base64: string]

export interface Crossing {
  readonly files: readonly CarriedFile[]
  readonly secret: string
  /** What the page adds, as base64 by stream. */
  readonly added: Readonly<Record<string, string>>
  readonly through: 'opfs' | 'directoryHandle'
}

export interface Crossed {
  /** Streams of each snapshot that was there, by its note. */
  readonly restored: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly problems: readonly unknown[]
  readonly storedBytes: number
  readonly files: readonly CarriedFile[]
}

export async function cross({ files, secret, added, through }: Crossing): Promise<Crossed> {
  const folder = await (await siteFolder()).getDirectoryHandle('shop', { create: true })
  for (const [path, base64] of files) await save(folder, path, fromBase64(base64))
  const source = memorySource()
  const provider = through === 'opfs' ? opfs('shop') : directoryHandle(folder)
  const backup = createBackup({ source, providers: [provider], keys: passphrase(secret) })
  const restored: Record<string, Record<string, string>> = {}
  for (const { id, note } of await backup.snapshots()) {
    await backup.restore(id, { to: note! })
    restored[note!] = Object.fromEntries([...source.places.get(note!)!].map(([name, bytes]) => [name, toBase64(bytes)]))
  }
  for (const [name, base64] of Object.entries(added)) source.streams.set(name, fromBase64(base64))
  const { storedBytes } = await backup.run({ note: 'by the page' })
  const { problems } = await backup.verify({ depth: 'data' })
  await backup.close()
  return { restored, problems, storedBytes, files: await filesOf(folder, '') }
}

function siteFolder(): Promise<DirectoryHandle> {
  return (globalThis as unknown as { navigator: { storage: { getDirectory(): Promise<DirectoryHandle> } } }).navigator.storage.getDirectory()
}

async function save(folder: DirectoryHandle, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const names = path.split('/')
  const last = names.pop()!
  let parent = folder
  for (const name of names) parent = await parent.getDirectoryHandle(name, { create: true })
  const stream = await (await parent.getFileHandle(last, { create: true })).createWritable!()
  await stream.write(bytes)
  await stream.close()
}

async function filesOf(folder: DirectoryHandle, above: string): Promise<CarriedFile[]> {
  const found: CarriedFile[] = []
  for await (const name of folder.keys()) {
    const below = await folder.getDirectoryHandle(name).catch(() => undefined)
    if (below) found.push(...(await filesOf(below, `${above}${name}/`)))
    else {
      const file = await (await folder.getFileHandle(name)).getFile()
      found.push([`${above}${name}`, toBase64(new Uint8Array(await file.slice(0, file.size).arrayBuffer()))])
    }
  }
  return found
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
