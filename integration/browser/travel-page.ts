import { BackupError, type BackupProvider, createBackup, passphrase } from '@backup/core'
import { memorySource } from '@backup/core/testing'
import { type Row, type RowChange, diffRows, openSnapshot } from '@backup/sqlite-travel'
import wasm from '@journeyapps/wa-sqlite/dist/wa-sqlite-async.wasm'

// What a page does with backups that lie on a web server: it looks into them, in its window or in a worker.

export interface Task {
  readonly secret: string
  /** Whether it names the WebAssembly, by the address that the bundler gave it, or leaves it to be found beside the script. */
  readonly isTold: boolean
  readonly lookUp?: { readonly snapshot: string; readonly id: number }
  readonly compare?: { readonly from: string; readonly to: string }
}

export interface Found {
  readonly rows: readonly Row[]
  readonly changes: readonly RowChange[]
  readonly isWindow: boolean
}

export async function carryOut({ secret, isTold, lookUp, compare }: Task): Promise<Found> {
  const backup = createBackup({ source: memorySource(), providers: [webFolder('/objects')], keys: passphrase(secret) })
  const options = isTold ? { wasm } : {}
  let rows: readonly Row[] = []
  const changes: RowChange[] = []
  if (lookUp) {
    const database = await openSnapshot(backup, lookUp.snapshot, options)
    rows = await database.query('SELECT id, name, price, length(picture) AS size FROM products WHERE id = ?', [lookUp.id])
    await database.close()
  }
  if (compare) for await (const change of diffRows(backup, compare.from, compare.to, { table: 'products', ...options })) changes.push(change)
  await backup.close()
  return { rows, changes, isWindow: 'document' in globalThis }
}

/** A folder behind a web server that gives parts of files, and is only read. */
function webFolder(at: string): BackupProvider {
  const answerFor = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response | undefined> => {
    const response = await fetch(path, { headers, method })
    if (response.status === 404) return undefined
    if (response.ok) return response
    throw new BackupError('transient', `${path} answers with ${response.status}.`, { plugin: 'web-folder', key: path })
  }
  const refuse = async (): Promise<never> => {
    throw new BackupError('unsupported', 'It is only read.', { plugin: 'web-folder' })
  }
  return {
    contract: 1,
    name: 'web-folder',
    location: `web-folder:${at}`,
    open: async () => {},
    put: refuse,
    delete: refuse,
    async get(key, { range } = {}) {
      const response = await answerFor(`${at}/${key}`, range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {})
      if (!response) throw new BackupError('not-found', `There is no object ${key}.`, { plugin: 'web-folder', key })
      return new Uint8Array(await response.arrayBuffer())
    },
    async stat(key) {
      const response = await answerFor(`${at}/${key}`, {}, 'HEAD')
      return response && { size: Number(response.headers.get('content-length')) }
    },
    async *list(prefix) {
      const response = await answerFor(`/list?prefix=${prefix}`)
      yield* (await response!.json()) as { key: string; size: number }[]
    },
  }
}
