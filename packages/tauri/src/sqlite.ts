import { type BackupSource, BackupError } from '@backup/core'
import { appCacheDir, join } from '@tauri-apps/api/path'
import { examine, isWhole, type SqlDatabase } from './database.ts'
import { filesOf } from './files.ts'
import { rustError } from './rust-error.ts'
import { livePath, openSink } from './sink.ts'
import { openSnapshot } from './snapshot.ts'

export interface TauriSqliteOptions {
  /** Whole path of the file, where it is not below the folder for the application's configuration, in which the SQL plugin looks. [there] */
  readonly path?: string
  /** Whole path of a folder for the copy that exists during a backup; it is as large as the database. [`backup` in the cache folder of the application] */
  readonly scratch?: string
}

/**
 * Backs up a SQLite database that the application uses through the SQL plugin of Tauri, and restores it.
 *
 * A snapshot is one committed state: SQLite makes a copy of it with `VACUUM INTO`, which is read and removed. A restore is looked at by
 * SQLite before it takes the place of the live database; a copy of that is kept beside it, and the plugin opens the new one.
 *
 * @param database what `Database.load` gave, or its address: `sqlite:store.db`
 * @throws `config` when the address or an option is wrong
 *
 * @example
 * ```ts
 * const source = tauriSqlite('sqlite:store.db')
 * ```
 */
export function tauriSqlite(database: string | SqlDatabase, options: TauriSqliteOptions = {}): BackupSource {
  const address = typeof database === 'string' ? database : database?.path
  checkOptions(address, options)
  const live = livePath(address, options.path)
  const scratch = async (): Promise<string> => options.scratch ?? join(await appCacheDir(), 'backup')
  return {
    contract: 1,
    name: 'tauri-sqlite',
    label: address,
    async open(context) {
      return openSnapshot(address, await scratch(), context)
    },
    restore: (context) => openSink(address, live, context),
    isLive: async (place) => place === (await live()),
    async discard({ place }) {
      for (const suffix of ['', '-wal', '-shm', '-journal']) await filesOf().remove(place + suffix)
    },
    async check({ place }) {
      try {
        const { findings, counts } = await examine(place)
        return findings.length > 0 ? { ok: false, findings } : { ok: true, findings, counts }
      } catch (error) {
        const { kind, message } = rustError(error, `open ${place}`, place, 'source')
        if (kind === 'source') return { ok: false, findings: [message] }
        throw error
      }
    },
  }
}

function checkOptions(address: unknown, { path, scratch }: TauriSqliteOptions): asserts address is string {
  const isAddress = typeof address === 'string' && /^sqlite:[^?]/.test(address) && !address.startsWith('sqlite::memory:')
  if (!isAddress) throw refused('database', "an address such as 'sqlite:store.db'", address)
  for (const [option, value] of Object.entries({ path, scratch })) {
    if (value !== undefined && !(typeof value === 'string' && isWhole(value))) throw refused(option, 'a whole path', value)
  }
}

function refused(option: string, wanted: string, got: unknown): BackupError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : typeof got
  return new BackupError('config', `Option "${option}" of tauriSqlite() must be ${wanted}, not ${shown}.`, { plugin: 'tauri', key: option })
}
