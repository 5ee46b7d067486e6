import { appConfigDir, join } from '@tauri-apps/api/path'
import Database from '@tauri-apps/plugin-sql'

/** A database of the SQL plugin: what `Database.load('sqlite:store.db')` gives. */
export interface SqlDatabase {
  readonly path: string
  execute(query: string, values?: unknown[]): Promise<unknown>
  select<Rows>(query: string, values?: unknown[]): Promise<Rows>
  close(path?: string): Promise<boolean>
}

/** By its address; one that is not open yet is opened. */
export async function openDatabase(address: string): Promise<SqlDatabase> {
  const known = Database.get(address)
  try {
    await known.select('SELECT 1')
    return known
  } catch {
    // Why it cannot be opened is said by this.
    return Database.load(address)
  }
}

/** Where the plugin keeps it: below the folder for the configuration of the application, unless the path is a whole one. */
export async function pathOfDatabase(address: string): Promise<string> {
  const [path = ''] = address.slice('sqlite:'.length).split('?')
  return isWhole(path) ? path : join(await appConfigDir(), path)
}

export function isWhole(path: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)
}

/** All problems that SQLite sees in a file, and rows by table. The file is not one that the application has open. */
export async function examine(path: string): Promise<{ findings: string[]; counts: Record<string, number> }> {
  const address = `sqlite:${path}`
  const database = await Database.load(address)
  try {
    const found = await database.select<Record<string, string>[]>('PRAGMA integrity_check')
    const findings = found.flatMap((row) => Object.values(row)).filter((text) => text !== 'ok')
    const counts: Record<string, number> = {}
    if (findings.length > 0) return { findings, counts }
    const tables = await database.select<{ name: string }[]>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    for (const { name } of tables) {
      const [row] = await database.select<{ rows: number }[]>(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`)
      counts[name] = row?.rows ?? 0
    }
    return { findings, counts }
  } finally {
    // Without an address, it would close all that the application has open.
    await database.close(address)
  }
}
