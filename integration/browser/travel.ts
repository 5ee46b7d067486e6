import { type BackupProvider, createBackup, passphrase, portableRuntime } from '@backup/core'
import { type Row, type RowChange, type TableInfo, diffRows, openSnapshot } from '@backup/sqlite-travel'
import { notesOf, shelf } from './page.ts'

// What a page would do with backups of a database that Node has made: look into them.

export interface TravelReport {
  readonly tables: readonly TableInfo[]
  readonly rows: readonly Row[]
  readonly changes: readonly RowChange[]
}

export async function lookInto(objects: Map<string, Uint8Array>, wasm: Uint8Array, secret: string, from: string): Promise<TravelReport> {
  const place: BackupProvider = shelf(objects)
  const backup = createBackup({ source: notesOf({ notes: new Uint8Array(0), restored: new Uint8Array(0) }), providers: [place], keys: passphrase(secret), runtime: portableRuntime })
  const database = await openSnapshot(backup, 'latest', { wasm })
  const tables = await database.tables()
  const rows = await database.query('SELECT * FROM products WHERE id BETWEEN ? AND ?', [500, 502])
  await database.close()
  const changes: RowChange[] = []
  for await (const change of diffRows(backup, from, 'latest', { table: 'products', wasm })) changes.push(change)
  await backup.close()
  return { tables, rows, changes }
}
