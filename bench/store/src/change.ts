import { utimesSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sealInvariant } from './invariant.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { createRowWriter } from './rows.ts'
import type { RowCursor } from './rows.ts'

/**
 * - `uniform`: 0.5 % of the rows updated anywhere and 1 % inserted, the hard case: a quarter of the pages;
 * - `recent`: the same amount, the updates among the newest rows: about an eighth of the pages;
 * - `touch`: only the time of the file.
 */
export type ChangeKind = 'uniform' | 'recent' | 'touch'

export interface ChangeOptions {
  /** Another seed changes other rows. Default 2. */
  seed?: number
}

export interface ChangeResult {
  updated: number
  inserted: number
}

/**
 * Changes a store made by `createStore` in place; the file is left closed and checkpointed, in its journal
 * mode.
 */
export function changeStore(path: string, kind: ChangeKind, options: ChangeOptions = {}): ChangeResult {
  if (kind === 'touch') {
    const now = new Date()
    utimesSync(path, now, now)
    return { updated: 0, inserted: 0 }
  }
  const random = createRandom(options.seed ?? 2)
  const db = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: false })
  try {
    db.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB}; BEGIN IMMEDIATE`)
    const cursor = readCursor(db)
    const rows = cursor.customers + cursor.products + cursor.invoices + cursor.lines
    const updated = updateRows(db, random, cursor, kind)
    const inserted = insertRows(db, random, cursor, Math.round(rows / 100))
    sealInvariant(db, cursor.nowMs)
    db.exec('COMMIT')
    return { updated, inserted }
  } finally {
    db.close()
  }
}

function updateRows(db: DatabaseSync, random: Random, cursor: RowCursor, kind: ChangeKind): number {
  let updated = 0
  for (const { table, counted, set } of UPDATES) {
    const statement = db.prepare(`UPDATE ${table} SET ${set}, updated_at = $now WHERE id = $id`)
    const rows = cursor[counted]
    const window = kind === 'recent' ? Math.ceil(rows * RECENT_SHARE) : rows
    for (let i = Math.round(rows / 200); i > 0; i--) {
      const id = rows - random.below(window)
      const now = cursor.nowMs + random.below(3_600_000)
      statement.run({ $id: id, $now: now, $n: 1 + random.below(20) })
      updated++
    }
  }
  return updated
}

function insertRows(db: DatabaseSync, random: Random, cursor: RowCursor, wanted: number): number {
  const write = createRowWriter(db, random, cursor)
  let inserted = 0
  while (inserted < wanted) {
    if (random.below(8) === 0) {
      write.customer()
      inserted++
    }
    inserted += 1 + write.invoice()
  }
  return inserted
}

function readCursor(db: DatabaseSync): RowCursor {
  const last = (table: string): number => Number(db.prepare(`SELECT max(id) AS id FROM ${table}`).get()?.id)
  return {
    customers: last('customers'),
    products: last('products'),
    invoices: last('invoices'),
    lines: last('invoice_lines'),
    nowMs: Number(db.prepare("SELECT value FROM settings WHERE name = 'clock_ms'").get()?.value),
  }
}

interface Update {
  table: string
  counted: 'customers' | 'products' | 'invoices' | 'lines'
  set: string
}

const UPDATES: readonly Update[] = [
  { table: 'customers', counted: 'customers', set: "phone = '+49 800 ' || ($n * 51283 + $now % 9973)" },
  { table: 'products', counted: 'products', set: 'stock = stock + $n' },
  { table: 'invoices', counted: 'invoices', set: "status = 'reminded', paid_cents = total_cents - $n" },
  { table: 'invoice_lines', counted: 'lines', set: 'quantity = $n, total_cents = unit_price_cents * $n' },
]
const RECENT_SHARE = 0.06
const CACHE_KIB = 1_000_000
