import { DatabaseSync } from 'node:sqlite'
import { type Customers, customers } from './customers.ts'
import { type Figures, figures } from './figures.ts'
import { type Invoices, invoices } from './invoices.ts'
import { type Numbers, numbers } from './numbers.ts'
import { type Products, products } from './products.ts'
import { applicationId, migrations } from './schema.ts'
import { type Shops, shop } from './shop.ts'
import { inTransaction, prepare } from './statement.ts'

/** The data of a shop, in one SQLite file. Every call is done, and on the disk, when it returns. */
export interface Store {
  readonly shop: Shops
  readonly products: Products
  readonly customers: Customers
  readonly invoices: Invoices
  readonly numbers: Numbers
  figures(): Figures
  /** Nothing was entered that could be lost: no product, no customer, no invoice. */
  isEmpty(): boolean
  /** For single rows that come back from a backup. */
  readonly prepare: DatabaseSync['prepare']
  close(): void
}

export interface StoreOptions {
  /** @default the system's */
  readonly clock?: () => Date
  /** Whether each call waits until the disk has what it wrote; `false` for what can be made anew. @default true */
  readonly durable?: boolean
}

/**
 * Opens a store, and makes it when there is none.
 *
 * @throws when the file is something else, or of a newer version of the program
 */
export function openStore(file: string, { clock = () => new Date(), durable = true }: StoreOptions = {}): Store {
  const database = new DatabaseSync(file)
  try {
    // An invoice that somebody holds in his hand is on the disk: FULL also survives a power cut.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000')
    database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}`)
    migrate(database)
  } catch (error) {
    database.close()
    throw error
  }
  const now = (): string => clock().toISOString()
  const counting = numbers(database)
  const anything = prepare(database, 'SELECT id FROM invoice UNION ALL SELECT id FROM product UNION ALL SELECT id FROM customer LIMIT 1')
  return {
    shop: shop(database),
    products: products(database, now),
    customers: customers(database),
    invoices: invoices(database, counting, now),
    numbers: counting,
    figures: figures(database, clock),
    isEmpty: () => anything.get() === undefined,
    prepare: (sql) => database.prepare(sql),
    close: () => database.close(),
  }
}

function migrate(database: DatabaseSync): void {
  const value = (pragma: string): number => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0])
  const version = value('user_version')
  const owner = value('application_id')
  const isEmpty = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!['n'] === 0
  if (owner !== applicationId && !isEmpty) throw new Error('This file is not a database of Iron Store.')
  if (version > migrations.length) throw new Error('This database was written by a newer version of Iron Store. Install that version.')
  if (version === migrations.length) return
  inTransaction(database, () => {
    for (const migration of migrations.slice(version)) database.exec(migration)
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
  })
}
