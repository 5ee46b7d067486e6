import type { Item, Part } from '../worker/protocol.ts'
import { Trouble } from './ask.ts'
import { pickers, unlessClosed } from './picked-files.ts'

/** Where an item goes: it takes the parts as they come, and shows nothing of a file before it is whole. */
export interface Place {
  /** For people, when it is done. */
  readonly name: string
  take(part: Part): Promise<void>
  finish(): Promise<void>
  abandon(): Promise<void>
}

/** A single file: chosen in a dialog where the browser has one, else one of its downloads. */
export async function filePlace(name: string): Promise<Place | undefined> {
  if (!pickers.showSaveFilePicker) return download(name)
  const handle = await unlessClosed(pickers.showSaveFilePicker({ suggestedName: name }))
  return handle && intoFile(handle)
}

async function intoFile(handle: FileSystemFileHandle): Promise<Place> {
  const stream = await handle.createWritable()
  return {
    name: handle.name,
    async take(part) {
      if (part.kind === 'bytes') await stream.write(part.bytes)
    },
    finish: () => stream.close(),
    abandon: () => stream.abort(),
  }
}

/** The browser puts aside on its disk what does not fit into memory. */
function download(name: string): Place {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>()
  const blob = new Response(readable, { headers: { 'content-type': 'application/octet-stream' } }).blob()
  blob.catch(() => {})
  const writer = writable.getWriter()
  return {
    name: `${name}, among your downloads`,
    async take(part) {
      if (part.kind === 'bytes') await writer.write(part.bytes)
    },
    async finish() {
      await writer.close()
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await blob)
      link.download = name
      link.click()
      // The browser reads it after the click.
      setTimeout(() => URL.revokeObjectURL(link.href), 600_000)
    },
    abandon: () => writer.abort(),
  }
}

/** A new folder in one that the user chooses; nothing that is there is ever written over. */
export async function newFolder(name: string): Promise<FileSystemDirectoryHandle | undefined> {
  const chosen = await unlessClosed(pickers.showDirectoryPicker!({ id: 'restored', mode: 'readwrite' }))
  if (!chosen) return undefined
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : `${name} ${number}`
    if (!(await exists(chosen, free))) return chosen.getDirectoryHandle(free, { create: true })
  }
}

async function exists(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  for await (const key of folder.keys()) if (key.toLowerCase() === name.toLowerCase()) return true
  return false
}

/** An item in a folder: a tree below a folder of its own, a stream as a file. */
export async function folderPlace(folder: FileSystemDirectoryHandle, item: Item, left: (path: string, why: string) => void): Promise<Place> {
  const name = item.fileName
  if (item.type === 'stream') return intoFile(await folder.getFileHandle(name, { create: true }))
  const root = await folder.getDirectoryHandle(name, { create: true })
  const folders = new Map<string, FileSystemDirectoryHandle>([['', root]])
  let stream: FileSystemWritableFileStream | undefined

  /** Nothing where the browser does not allow a name. */
  const made = async <T>(path: string, make: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await make()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      left(path, 'has a name that the browser does not allow; the archive keeps it')
      return undefined
    }
  }
  const folderOf = async (path: string): Promise<FileSystemDirectoryHandle | undefined> => {
    const known = folders.get(path)
    if (known || path === '.') return known ?? root
    const [above, last] = splitPath(path)
    const parent = await folderOf(above)
    const handle = parent && (await made(path, () => parent.getDirectoryHandle(last, { create: true })))
    if (handle) folders.set(path, handle)
    return handle
  }
  const close = async (): Promise<void> => {
    await stream?.close()
    stream = undefined
  }

  return {
    name: `${folder.name}/${name}`,
    async take(part) {
      if (part.kind === 'bytes') return stream?.write(part.bytes)
      if (part.kind === 'left') return left(part.path, part.why)
      await close()
      if (part.kind === 'folder') return void (await folderOf(part.path))
      // A tree that is a single file has the name of its root.
      const [above, last] = part.path === '.' ? ['', name] : splitPath(part.path)
      const parent = await folderOf(above)
      const handle = parent && (await made(part.path, () => parent.getFileHandle(last, { create: true })))
      if (parent && !handle) return undefined
      if (!handle) return left(part.path, 'lies in a folder that the browser does not allow')
      stream = await handle.createWritable()
      return undefined
    },
    finish: close,
    abandon: async () => stream?.abort(),
  }
}

function splitPath(path: string): [above: string, last: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)]
}

/** What the browser says while something is written, such as that the disk is full. */
export function writeTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  const { name, message } = error as DOMException
  const full = name === 'QuotaExceededError' ? 'there is no more room. Choose a disk with more' : `${message} (${name})`
  return new Trouble(`It could not be saved: ${full}`)
}
