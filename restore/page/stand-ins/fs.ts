/** The files that the user picked, as a folder that can be read and never written. */
export type Picked = ReadonlyMap<string, Blob>

declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}

let files: Picked = new Map()
let folders = new Map<string, Set<string>>()

/** @param picked files by their paths, which begin with the name of the folder that `openFolder` is given */
export function mount(picked: Picked): void {
  files = picked
  folders = new Map()
  for (const path of picked.keys()) {
    for (let end = path.lastIndexOf('/'), below = path.length; end >= 0; below = end, end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (!folders.has(folder)) folders.set(folder, new Set())
      folders.get(folder)!.add(path.slice(end + 1, below))
    }
  }
}

const opened = new Map<number, Blob>()
let handles = 0

export default {
  statSync(path: string) {
    const file = files.get(path)
    const isFolder = folders.has(path)
    return file || isFolder ? { size: file?.size, isDirectory: () => isFolder } : undefined
  },

  readdirSync: (path: string) => [...(folders.get(path) ?? [])],

  openSync(path: string) {
    const file = files.get(path)
    if (!file) throw Object.assign(new Error(`${path} is not there.`), { code: 'ENOENT' })
    opened.set(++handles, file)
    return handles
  },

  readSync(handle: number, into: Uint8Array, at: number, length: number, position: number) {
    try {
      const part = new FileReaderSync().readAsArrayBuffer(opened.get(handle)!.slice(position, position + length))
      into.set(new Uint8Array(part), at)
      return part.byteLength
    } catch (error) {
      // A stick that was pulled out, a file that changed since it was picked.
      throw Object.assign(new Error((error as Error).message), { code: (error as Error).name })
    }
  },

  closeSync: (handle: number) => void opened.delete(handle),
}
