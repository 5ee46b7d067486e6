import type { Settings } from '../options.ts'
import { refuse } from './refusal.ts'

/** One connection to a database, with the few things that both drivers do. */
export interface Connection {
  exec(sql: string): void
  /** All rows; each with its columns in order. */
  rows(sql: string): unknown[][]
  /**
   * Copies the database into the file at `to`, which becomes its equal in one transaction.
   *
   * @param onStep called after every `stepPages` pages but the last; what it throws stops the copying and
   * leaves `to` as it was
   */
  backup(to: string, stepPages: number, onStep: () => void): Promise<void>
  close(): void
}

export type Connect = (
  path: string,
  options: {
    readonly readOnly: boolean
    readonly busyTimeoutMs: number
    /** Let `PRAGMA writable_schema` have its effect, which drivers otherwise protect their users from. */
    readonly evenDamaged?: boolean
  },
) => Connection

/** @throws `unsupported` or `config` when the driver is not there. */
export function connector(driver: Settings['driver']): Promise<Connect> {
  return drivers[driver]()
}

const drivers: Readonly<Record<Settings['driver'], () => Promise<Connect>>> = {
  async node() {
    const { DatabaseSync, backup } = await import('node:sqlite').catch(() => {
      throw refuse('unsupported', `Node ${process.versions.node} has no SQLite inside.`, upgrade)
    })
    return (path, { readOnly, busyTimeoutMs, evenDamaged = false }) => {
      // The types know nothing of it yet; versions of Node that do not either have no such protection.
      const database = new DatabaseSync(path, { readOnly, ...(evenDamaged && { defensive: false }) })
      database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
      return {
        exec: (sql) => database.exec(sql),
        rows: (sql) =>
          database
            .prepare(sql)
            .all()
            .map((row) => Object.values(row)),
        async backup(to, stepPages, onStep) {
          // Came with Node 22.16; the types know nothing of earlier versions.
          if (typeof backup !== 'function') {
            throw refuse(
              'unsupported',
              `The SQLite inside Node ${process.versions.node} cannot copy a database.`,
              upgrade,
            )
          }
          await backup(database, to, { rate: stepPages, progress: onStep })
        },
        close: () => database.close(),
      }
    }
  },

  async 'better-sqlite3'() {
    const { default: Database } = await import('better-sqlite3').catch((cause: unknown) => {
      throw refuse(
        'config',
        `The driver better-sqlite3 cannot be loaded: ${(cause as Error).message.split('\n')[0]}.`,
        'Run `npm install better-sqlite3` in the application, or leave out the option "driver".',
      )
    })
    return (path, { readOnly, busyTimeoutMs, evenDamaged = false }) => {
      const database = new Database(path, { readonly: readOnly, timeout: busyTimeoutMs, fileMustExist: true })
      if (evenDamaged) database.unsafeMode()
      return {
        exec: (sql) => void database.exec(sql),
        rows: (sql) => database.prepare<[], unknown[]>(sql).raw().all(),
        async backup(to, stepPages, onStep) {
          await database.backup(to, {
            progress() {
              onStep()
              return stepPages
            },
          })
        },
        close: () => void database.close(),
      }
    }
  },
}

const upgrade = "Use Node 22.16 or later, or install better-sqlite3 and set driver: 'better-sqlite3'."
