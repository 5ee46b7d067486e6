import { BackupError, type RestoreContext, type RestoreSink, type RestoredPlace, throwIfAborted } from '@backup/core'
import { examine, isWhole, pathOfDatabase } from './database.ts'
import { filesOf } from './files.ts'
import { headerBytes, readHeader } from './header.ts'
import { copyOf, giveName, replaceLive } from './replace-live.ts'
import { rustError } from './rust-error.ts'
import { randomName, stream } from './snapshot.ts'

/** The way back: everything is written beside, looked at by SQLite, and only then takes its place. */
export async function openSink(address: string, live: () => Promise<string>, context: RestoreContext): Promise<RestoreSink> {
  const { signal, to, overwrite } = context
  throwIfAborted(signal, 'restoring')
  const files = filesOf()
  const path = to === undefined ? await live() : placeOf(to)
  const isLive = path === (await live())
  const unfinished = `${path}.restoring-${randomName()}`
  let wanted: number | undefined
  let written = 0
  let looked = false

  const explained = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw rustError(error, doing, path)
    }
  }
  const refuseIfThere = async (): Promise<boolean> => {
    const there = await files.isThere(path)
    if (there && !overwrite) throw new BackupError('exists', `${path} is there already.`, { plugin: 'tauri', key: path })
    return there
  }

  const prepare = async (): Promise<void> => {
    if (looked) return
    if (wanted === undefined) throw new BackupError('source', `The snapshot has no stream "${stream}": it is of something else.`, { plugin: 'tauri' })
    if (written !== wanted) throw new BackupError('corrupt', `${written} bytes of ${wanted} came.`, { plugin: 'tauri', key: path })
    readHeader(await files.read(unfinished, 0, headerBytes), wanted)
    const { findings } = await examine(unfinished)
    if (findings.length > 0) throw new BackupError('corrupt', `SQLite finds damage in what was restored: ${findings[0]}`, { plugin: 'tauri', key: path })
    looked = true
  }

  await explained(`restore to ${path}`, refuseIfThere)
  return {
    select: (names) => names.filter((name) => name === stream),

    async open({ name, size }) {
      if (name !== stream) throw new BackupError('unsupported', `A database has no stream "${name}".`, { plugin: 'tauri', key: name })
      wanted = size
      await explained(`write ${unfinished}`, () => files.append(unfinished, new Uint8Array(), true))
      return {
        kind: 'bytes',
        async write(bytes) {
          throwIfAborted(signal, 'restoring')
          await explained(`write ${unfinished}`, () => files.append(unfinished, bytes, false))
          written += bytes.length
        },
        end: async () => {},
      }
    },

    prepare: () => explained(`look at ${unfinished}`, prepare),

    commit: () =>
      explained(`restore to ${path}`, async (): Promise<RestoredPlace> => {
        await prepare()
        const there = await refuseIfThere()
        if (there && isLive) return replaceLive(address, path, unfinished)
        await giveName(files, unfinished, path)
        return { place: path, requiresRestart: false }
      }),

    async abort() {
      for (const suffix of ['', '-wal', '-shm', '-journal']) await files.remove(unfinished + suffix)
      await files.remove(copyOf(unfinished))
    },
  }
}

function placeOf(to: string): string {
  const path = to.replace(/^sqlite:/, '')
  if (isWhole(path)) return path
  throw new BackupError('config', `"${to}" is no whole path.`, { plugin: 'tauri', key: 'to', hint: 'Make one with join() of @tauri-apps/api/path.' })
}

/** Where the database of an address lies, asked for once. */
export function livePath(address: string, path: string | undefined): () => Promise<string> {
  let found: Promise<string> | undefined
  return () => (found ??= path === undefined ? pathOfDatabase(address) : Promise.resolve(path))
}
