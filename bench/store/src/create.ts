import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sealInvariant } from './invariant.ts'
import { createRandom } from './random.ts'
import { createRowWriter } from './rows.ts'
import type { RowCursor } from './rows.ts'
import { SCHEMA } from './schema.ts'

export interface StoreOptions {
  /** Wanted size of the file; the result is within a few percent above 1 MB. Default 100,000,000. */
  bytes?: number
  /** The same seed and size give the same rows. Default 1. */
  seed?: number
  /** A power of two from 512 to 65536. Default 4096. */
  pageSize?: number
  /** The journal mode the finished file is left in. Default `wal`. */
  journal?: 'wal' | 'delete'
  /** Called with the finished share, 0 to 1, now and then. */
  onProgress?: (fraction: number) => void
}

export interface StoreSummary {
  path: string
  bytes: number
  pages: number
  pageSize: number
  customers: number
  products: number
  invoices: number
  lines: number
}

/** Makes a new store database at `path`, closed and checkpointed. Refuses a path that exists. */
export function createStore(path: string, options: StoreOptions = {}): StoreSummary {
  if (existsSync(path)) throw new Error(`${path} exists; the store generator only makes new files`)
  const { bytes = 100_000_000, seed = 1, pageSize = 4096, journal = 'wal', onProgress } = options
  // Lines are written before their invoice, whose total they make: the references hold when all is written.
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -${CACHE_KIB}`)
    db.exec(SCHEMA)
    const cursor = fill(db, bytes, seed, onProgress)
    sealInvariant(db, cursor.nowMs)
    db.exec(`PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = ${journal}`)
    const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
    const { customers, products, invoices, lines } = cursor
    return { path, bytes: pages * pageSize, pages, pageSize, customers, products, invoices, lines }
  } finally {
    db.close()
  }
}

function fill(
  db: DatabaseSync,
  bytes: number,
  seed: number,
  onProgress: StoreOptions['onProgress'],
): RowCursor {
  const random = createRandom(seed)
  const cursor: RowCursor = { customers: 0, products: 0, invoices: 0, lines: 0, nowMs: OPENING_DAY_MS }
  const rows = createRowWriter(db, random, cursor)
  const invoices = Math.max(1, Math.round(bytes / BYTES_PER_INVOICE))
  const customers = Math.ceil(invoices / INVOICES_PER_CUSTOMER)
  const products = Math.ceil(invoices / INVOICES_PER_PRODUCT)

  db.exec('BEGIN')
  for (let i = 0; i < products; i++) rows.product()
  for (let i = 0; i < invoices; i++) {
    // Customers arrive over the years, so their pages lie between those of the invoices.
    if (cursor.customers * invoices <= i * customers) rows.customer()
    rows.invoice()
    if (i % PROGRESS_EVERY === 0) onProgress?.(i / invoices)
  }
  db.exec('COMMIT')
  onProgress?.(1)
  return cursor
}

const OPENING_DAY_MS = Date.UTC(2012, 0, 2, 7)
const CACHE_KIB = 1_000_000
const PROGRESS_EVERY = 4096

// Measured at 4 KiB pages: what one invoice with its lines, index entries and share of customers and
// products takes.
const BYTES_PER_INVOICE = 594
const INVOICES_PER_CUSTOMER = 8
const INVOICES_PER_PRODUCT = 80
