import type { BackupProvider } from '@backup/core'
import { type ProviderFixture, providerSuite } from '@backup/core/testing'
import { type DirectoryHandle, directoryHandle, opfs } from '../src/index.ts'
import { browser } from '../src/handles.ts'
import { toggles } from './toggles.ts'

// Runs in the browser, in a window or in a worker: the suite, test by test, as the test file asks for them.

type Kind = 'opfs' | 'folder on a disk'

const makers: Readonly<Record<Kind, (folder: string) => Promise<() => BackupProvider | Promise<BackupProvider>>>> = {
  opfs: async (folder) => () => opfs(folder),
  // What a user picks is such a handle; a browser without a user cannot pick. On a disk, Chromium moves nothing, and no worker writes by itself.
  async 'folder on a disk'(folder) {
    const handle = await (await root()).getDirectoryHandle(folder, { create: true })
    return () => directoryHandle(onDisk(handle))
  },
}

interface Worker {
  onmessage: (event: { readonly data: string }) => void
  postMessage(message: readonly string[]): void
}
const { Worker } = globalThis as unknown as { readonly Worker: new (url: string) => Worker }
let worker: Worker | undefined

/** From here on tests run in a worker with this script, which is that of the page. */
export function startWorker(script: string): void {
  const answer = `onmessage = ({ data }) => built.runTest(...data).then(() => postMessage(''), (error) => postMessage(String(error?.stack ?? error)))`
  worker = new Worker(URL.createObjectURL(new Blob([script, ';', answer], { type: 'text/javascript' })))
}

/** Runs a test of the suite, by the names of its theme and its own. */
export function runTest(kind: Kind, wanted: string): Promise<void> {
  const far = worker
  if (!far) return runHere(kind, wanted)
  return new Promise((resolve, reject) => {
    far.onmessage = ({ data }) => (data === '' ? resolve() : reject(new Error(data)))
    far.postMessage([kind, wanted])
  })
}

async function runHere(kind: Kind, wanted: string): Promise<void> {
  let found: (() => Promise<void>) | undefined
  let theme = ''
  providerSuite(
    {
      describe(name, body) {
        theme = name
        body()
      },
      test: (name, body) => {
        if (`${theme}: ${name}` === wanted) found = body
      },
    },
    () => fixture(kind),
    toggles,
  )
  if (!found) throw new Error(`The suite has no test "${wanted}".`)
  await found()
}

let places = 0

async function fixture(kind: Kind): Promise<ProviderFixture> {
  const folder = `place-${++places}-${Date.now()}`
  const make = await makers[kind](folder)
  const parts = async (): Promise<DirectoryHandle> => (await root()).getDirectoryHandle(folder)
  return {
    provider: await make(),
    second: make,
    litter: async () => litter(await parts()),
    leftovers: async () => {
      const names = await namesIn(await parts(), '.tmp')
      return names.length
    },
    chunkBytes: 4 * 1024 * 1024,
    faults: ['flipped'],
    inject: async () => flip(await parts()),
    dispose: async () => {
      const remove = (await root()) as unknown as { removeEntry(name: string, options: { recursive: boolean }): Promise<void> }
      await remove.removeEntry(folder, { recursive: true }).catch(() => {})
    },
  }
}

async function root(): Promise<DirectoryHandle> {
  return browser().storage!.getDirectory()
}

async function namesIn(folder: DirectoryHandle, name: string): Promise<string[]> {
  try {
    const names: string[] = []
    for await (const entry of (await folder.getDirectoryHandle(name)).keys()) names.push(entry)
    return names
  } catch {
    return []
  }
}

async function flip(place: DirectoryHandle): Promise<{ happened(): number }> {
  let flipped = 0
  const packs = await place.getDirectoryHandle('packs')
  for await (const shard of packs.keys()) {
    const folder = await packs.getDirectoryHandle(shard)
    for await (const name of folder.keys()) {
      const handle = await folder.getFileHandle(name)
      const file = await handle.getFile()
      const bytes = new Uint8Array(await file.slice(0, file.size).arrayBuffer())
      bytes[bytes.length >> 1]! ^= 1
      const stream = await handle.createWritable!()
      await stream.write(bytes)
      await stream.close()
      flipped++
    }
  }
  return { happened: () => flipped }
}

/** What people and other programs leave in a folder. */
async function litter(place: DirectoryHandle): Promise<void> {
  const folders = ['photos', 'lost+found', '.Trashes/x/y', 'packs/Thumbs', 'empty/class', 'packs/00/folder-like-an-object']
  const files = ['readme.txt', '.DS_Store', 'packs/desktop.ini', 'packs/00/.DS_Store', 'packs/00/ours.PART', 'packs/00/ours (copy)', '.tmp/1234']
  const reach = async (path: string): Promise<DirectoryHandle> => {
    let folder = place
    for (const name of path.split('/').filter((part) => part !== '')) folder = await folder.getDirectoryHandle(name, { create: true })
    return folder
  }
  for (const path of folders) await reach(path)
  for (const path of files) {
    const at = path.lastIndexOf('/') + 1
    const handle = await (await reach(path.slice(0, at))).getFileHandle(path.slice(at), { create: true })
    const stream = await handle.createWritable!()
    await stream.write(new TextEncoder().encode('not ours'))
    await stream.close()
  }
}

/** The handle of a folder on a disk, which does less than one of the private file system. */
function onDisk(handle: DirectoryHandle): DirectoryHandle {
  return {
    kind: 'directory',
    name: handle.name,
    keys: () => handle.keys(),
    removeEntry: (name) => handle.removeEntry(name),
    getDirectoryHandle: async (name, options) => onDisk(await handle.getDirectoryHandle(name, options)),
    async getFileHandle(name, options) {
      const file = await handle.getFileHandle(name, options)
      return {
        kind: 'file',
        getFile: () => file.getFile(),
        createWritable: () => file.createWritable!(),
        ...(file.createSyncAccessHandle && {
          createSyncAccessHandle: async () => {
            throw new DOMException('Only in the private file system.', 'InvalidStateError')
          },
        }),
      }
    },
  }
}
