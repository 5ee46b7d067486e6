import { Trouble } from './ask.ts'

/** How browsers of the Chromium family let somebody choose. https://wicg.github.io/file-system-access */
export interface Pickers {
  showDirectoryPicker?(options: { id?: string; mode?: 'read' | 'readwrite' }): Promise<FileSystemDirectoryHandle>
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>
}

export const pickers = globalThis as unknown as Pickers

/** Somebody who closes the dialog has changed his mind; nothing is wrong. */
export async function unlessClosed<T>(choice: Promise<T>): Promise<T | undefined> {
  try {
    return await choice
  } catch (error) {
    const { name, message } = error as DOMException
    if (name === 'AbortError') return undefined
    throw new Trouble(`The browser does not allow that: ${message}`)
  }
}

/** All files below a folder, by their paths, which begin with its name. */
export async function filesBelow(folder: FileSystemDirectoryHandle, seen: (count: number) => void): Promise<Map<string, File>> {
  const files = new Map<string, File>()
  const walk = async (handle: FileSystemDirectoryHandle, path: string): Promise<void> => {
    const children: FileSystemFileHandle[] = []
    for await (const child of handle.values()) {
      if (child.kind === 'directory') await walk(child, `${path}/${child.name}`)
      else children.push(child)
    }
    for (const [at, file] of (await Promise.all(children.map((child) => child.getFile()))).entries()) files.set(`${path}/${children[at]!.name}`, file)
    seen(files.size)
  }
  try {
    await walk(folder, folder.name)
  } catch (error) {
    throw new Trouble(`The folder cannot be read: ${(error as Error).message}`)
  }
  return files
}

/** The same from an input of the page, which every browser has. */
export function filesOf(input: HTMLInputElement): Map<string, File> {
  return new Map(Array.from(input.files ?? [], (file) => [file.webkitRelativePath || file.name, file]))
}
