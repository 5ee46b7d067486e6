import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createBackup, rawKey, type BackupProvider } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { serveJob } from '../measure/serve-job.ts'

export interface CatchUpTask {
  /** An empty folder: `full` holds the objects afterwards, `empty` gets them. */
  readonly folder: string
  readonly objects: number
  readonly objectBytes: number
}

export interface CaughtUp {
  /** Listings that the provider had to answer which was filled, by prefix. */
  readonly lists: Readonly<Record<string, number>>
  /** Objects that were read from it: to store what it lacks, nothing it has needs to be read. */
  readonly reads: number
}

/** One provider has everything, another one is new. */
serveJob<CatchUpTask>(async ({ folder, objects, objectBytes }) => {
  const full = local(join(folder, 'full'))
  const options = {
    source: pageFile(join(folder, 'nothing'), { pageBytes: 4096 }),
    keys: rawKey(new Uint8Array(32)),
    state: join(folder, 'state'),
  }
  const alone = createBackup({ ...options, providers: [full] })
  await alone.init()
  await alone.close()
  const filler = local(join(folder, 'full'))
  await filler.open({})
  for (let number = 0; number < objects; number++) {
    const body = randomBytes(objectBytes)
    const name = createHash('sha256').update(body).digest('hex')
    await filler.put(`packs/${name.slice(0, 2)}/${name}`, body)
  }

  const counts = { lists: {} as Record<string, number>, reads: 0 }
  const both = createBackup({ ...options, providers: [full, counted(local(join(folder, 'empty')), counts)] })
  return {
    async work(): Promise<CaughtUp> {
      await both.init()
      // It is filled in the background; `sync()` would compare once more.
      while ((await both.copies())[1]?.waiting !== 0) await new Promise((resolve) => setTimeout(resolve, 10))
      return counts
    },
    close: () => both.close(),
  }
})

function counted(provider: BackupProvider, counts: { lists: Record<string, number>; reads: number }): BackupProvider {
  return {
    ...provider,
    async *list(prefix, options) {
      counts.lists[prefix] = (counts.lists[prefix] ?? 0) + 1
      yield* provider.list(prefix, options)
    },
    get(key, options) {
      counts.reads++
      return provider.get(key, options)
    },
  }
}
