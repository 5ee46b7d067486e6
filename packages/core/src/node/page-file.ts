import { open, realpath, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { BackupSource, RestoreContext, RestoreSink, SourceContext, SourceSnapshot } from '../contract/source.ts'
import { contract } from '../contract/version.ts'
import { fileError } from './lane-files.ts'
import { nodeRuntime } from './runtime.ts'

export interface PageFileOptions {
  /** Bytes a page: the unit in which changes are found. A power of two from 512 to 65,536. @default 4096 */
  readonly pageBytes?: number
}

/**
 * A file that is made of pages and that nobody has open for writing: a closed database, a disk image.
 *
 * For a SQLite database that is in use there is `sqlite()` from `@backup/sqlite`.
 *
 * @example
 * ```ts
 * const source = pageFile('disk.img', { pageBytes: 4096 })
 * ```
 */
export function pageFile(path: string, { pageBytes = 4096 }: PageFileOptions = {}): BackupSource {
  if (typeof path !== 'string' || path.length === 0) throw new BackupError('config', 'pageFile() needs the path of a file.', { key: 'path' })
  if (!Number.isInteger(Math.log2(pageBytes)) || pageBytes < 512 || pageBytes > 65_536) {
    throw new BackupError('config', `pageBytes must be a power of two from 512 to 65,536; found ${pageBytes}.`, { key: 'pageBytes' })
  }
  const file = resolve(path)
  return {
    contract,
    name: 'page-file',
    label: path,
    runtime: nodeRuntime,
    open: ({ signal }) => openPageFile(file, pageBytes, signal),
    restore: (context) => restorePageFile(file, context),
    isLive: (place) => isSameFile(file, resolve(place)),
    discard: ({ place }) => rm(place, { force: true }),
  }
}

/** Also where one of them is not there, or is a link to the other. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(realPlace))
  if (a === b) return true
  const [here, there] = await Promise.all([one, other].map((path) => stat(path, { bigint: true }).catch(() => undefined)))
  return here !== undefined && there !== undefined && here.ino === there.ino && here.dev === there.dev
}

async function realPlace(path: string): Promise<string> {
  const inFolder = async (): Promise<string> => join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))
  return realpath(path).catch(inFolder)
}

async function openPageFile(path: string, pageBytes: number, signal: SourceContext['signal']): Promise<SourceSnapshot> {
  throwIfAborted(signal, `opening ${path}`)
  const before = await fileFacts(path)
  let wasRead = false
  return {
    async *streams() {
      yield { name: 'main', content: { kind: 'file', path, size: before.size, pageBytes } }
      // Whoever asks for the next stream has read this one to its end.
      wasRead = true
    },
    async finish() {
      throwIfAborted(signal, `reading ${path}`)
      const after = await fileFacts(path)
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino) {
        throw new BackupError('source', `${path} was changed while it was read.`, {
          plugin: 'page-file',
          key: path,
          hint: 'Close whatever writes to it, or use a source that reads it consistently, such as sqlite().',
        })
      }
      return { complete: wasRead, size: after.size, modified: new Date(after.mtimeMs).toISOString() }
    },
    close: async () => {},
  }
}

async function fileFacts(path: string): Promise<{ size: number; mtimeMs: number; ino: number }> {
  try {
    const facts = await stat(path)
    if (facts.isFile()) return facts
  } catch (error) {
    throw fileError(error, path, 'read')
  }
  throw new BackupError('source', `${path} is not a file.`, { plugin: 'page-file', key: path })
}

/** Sets temporary files of the same moment apart. */
let restores = 0

async function restorePageFile(live: string, { to, overwrite, signal }: RestoreContext): Promise<RestoreSink> {
  const path = to === undefined ? live : resolve(to)
  const partial = `${path}.partial-${process.pid}-${Date.now()}-${++restores}`
  const refuseIfThere = async (): Promise<void> => {
    if (overwrite || !(await stat(path).catch(() => undefined))) return
    throw new BackupError('exists', `${path} exists already.`, { plugin: 'page-file', key: path, hint: 'Choose another path, or set overwrite.' })
  }
  throwIfAborted(signal, `restoring ${path}`)
  await refuseIfThere()
  return {
    async space(bytes) {
      const { bavail, bsize } = await statfs(dirname(path)).catch((error: unknown) => {
        throw fileError(error, dirname(path), 'look at')
      })
      return { neededBytes: bytes, freeBytes: bavail * bsize }
    },
    async open({ size }) {
      const file = await open(partial, 'wx', 0o600).catch((error: unknown) => {
        throw fileError(error, partial, 'create')
      })
      await file.truncate(size)
      await file.close()
      return { kind: 'file', path: partial }
    },
    async commit() {
      await syncFile(partial)
      // Again: it may have come while the pages were written.
      await refuseIfThere()
      await rename(partial, path)
      await syncFile(dirname(path))
      return { place: path, requiresRestart: to === undefined }
    },
    abort: () => rm(partial, { force: true }),
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
