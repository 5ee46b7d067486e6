import { type BaseDirectory, exists, open, SeekMode, stat, remove, writeFile } from '@tauri-apps/plugin-fs'

/** Files by their paths in one place: below one of the directories of the application, or by whole paths. */
export interface Files {
  readonly base: { readonly baseDir?: BaseDirectory }
  /** What the work comes to; nothing where the path it is about is not there. */
  unlessGone<T>(path: string, work: () => Promise<T>): Promise<T | undefined>
  /** Nothing where there is no file. */
  look(path: string): Promise<{ readonly size: number; readonly modifiedAt?: Date } | undefined>
  isThere(path: string): Promise<boolean>
  /** Fewer bytes only where the file ends. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  /** Adds bytes at the end. With `fresh` the file must not be there. */
  append(path: string, bytes: Uint8Array, fresh: boolean): Promise<void>
  /** What is not there is removed already. */
  remove(path: string): Promise<void>
}

export function filesOf(baseDir?: BaseDirectory): Files {
  const base = baseDir === undefined ? {} : { baseDir }
  const isThere = (path: string): Promise<boolean> => exists(path, base)
  // What the system says may be in any language, so the path itself is asked for.
  const unlessGone: Files['unlessGone'] = async (path, work) => {
    try {
      return await work()
    } catch {
      if (!(await isThere(path))) return undefined
    }
    // It may have come in between.
    return work()
  }
  return {
    base,
    isThere,
    unlessGone,

    look: (path) =>
      unlessGone(path, async () => {
        const { isFile, size, mtime } = await stat(path, base)
        return isFile ? { size, ...(mtime && { modifiedAt: mtime }) } : undefined
      }),

    async read(path, offset, length) {
      const bytes = new Uint8Array(length)
      const handle = await open(path, { ...base, read: true })
      try {
        if (offset > 0) await handle.seek(offset, SeekMode.Start)
        let got = 0
        while (got < length) {
          const part = bytes.subarray(got)
          const count = await handle.read(part)
          if (count === null || count === 0) break
          got += count
        }
        return bytes.subarray(0, got)
      } finally {
        await handle.close()
      }
    },

    // Bytes go as they are; a handle would send each as a number of its own.
    append: (path, bytes, fresh) => writeFile(path, bytes, { ...base, ...(fresh ? { createNew: true } : { append: true, create: false }) }),

    remove: (path) => unlessGone(path, () => remove(path, base)),
  }
}
