import { type BackupProvider, createBackup, passphrase } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { openSnapshot } from '@backup/sqlite-travel'
import { serveJob } from '../measure/serve-job.ts'

export interface TravelTask {
  repository: string
  state: string
  /** `look-up`: two rows by their primary keys, one after the other; `scan`: all of a table. */
  kind: 'look-up' | 'scan'
  snapshot: 'first' | 'latest'
  table: string
  latencyMs: number
  /** Of the rows that are looked up, one after the other. */
  ids: readonly number[]
}

export interface TravelFigures {
  bytes: number
  requests: number
  /** What the second look-up took. */
  nextMs: number
  /** What it took to derive the key, of the first. */
  unlockMs: number
}

serveJob<TravelTask>(async ({ repository, state, kind, snapshot, table, latencyMs, ids }) => {
  const figures: TravelFigures = { bytes: 0, requests: 0, nextMs: 0, unlockMs: 0 }
  const key = passphrase('benchmark')
  const secret: typeof key = {
    ...key,
    async derive(...given) {
      const since = performance.now()
      const derived = await key.derive(...given)
      figures.unlockMs += performance.now() - since
      return derived
    },
  }
  const id = snapshot === 'latest' ? 'latest' : await firstId(repository, key, state)
  const backup = createBackup({ source: sqlite('unused.db'), providers: [distant(local(repository), latencyMs, figures)], keys: secret, state })
  return {
    async work() {
      const database = await openSnapshot(backup, id)
      if (kind === 'scan') {
        await database.query(`SELECT count(*), sum(length(description)) FROM ${table}`)
      } else {
        const row = async (number: number): Promise<void> => {
          const [found] = await database.query(`SELECT * FROM ${table} WHERE id = ?`, [number])
          if (found?.['id'] !== number) throw new Error(`Table ${table} has no row ${number}.`)
        }
        await row(ids[0]!)
        const { bytes, requests } = figures
        const since = performance.now()
        await row(ids[1]!)
        Object.assign(figures, { bytes, requests, nextMs: performance.now() - since })
      }
      await database.close()
      return figures
    },
    close: () => backup.close(),
  }
})

async function firstId(repository: string, keys: ReturnType<typeof passphrase>, state: string): Promise<string> {
  const backup = createBackup({ source: sqlite('unused.db'), providers: [local(repository)], keys, state })
  const [first] = await backup.snapshots()
  await backup.close()
  return first!.id
}

/** The same provider, that answers later, and is no disk of this machine. */
function distant(provider: BackupProvider, latencyMs: number, figures: TravelFigures): BackupProvider {
  const pause = (): Promise<unknown> => (latencyMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, latencyMs)))
  const asked = async (): Promise<void> => {
    figures.requests++
    await pause()
  }
  return {
    ...provider,
    capabilities: { ...provider.capabilities, nearby: false },
    open: async (options) => (await asked(), provider.open(options)),
    async get(key, options) {
      await asked()
      const bytes = await provider.get(key, options)
      figures.bytes += bytes.length
      return bytes
    },
    stat: async (key, options) => (await asked(), provider.stat(key, options)),
    async *list(prefix, options) {
      await asked()
      yield* provider.list(prefix, options)
    },
  }
}
