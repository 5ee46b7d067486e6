import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Random } from './random.ts'
import * as text from './text.ts'

/** Writes rows as the shop would over the years: an invoice with its lines, later and later in time. */
export interface RowWriter {
  customer(): void
  product(): void
  /** Returns the number of lines the invoice got. */
  invoice(): number
}

export interface RowCursor {
  customers: number
  products: number
  invoices: number
  lines: number
  /** The shop's clock, in milliseconds since 1970. */
  nowMs: number
}

/** `cursor` holds the rows there are, and is moved on by every row written. */
export function createRowWriter(db: DatabaseSync, random: Random, cursor: RowCursor): RowWriter {
  const insert = prepareInserts(db)
  const names: string[] = []
  const units: string[] = []
  const prices: number[] = []
  for (const row of db.prepare('SELECT id, name, unit, price_cents AS price FROM products').iterate()) {
    names[Number(row.id)] = String(row.name)
    units[Number(row.id)] = String(row.unit)
    prices[Number(row.id)] = Number(row.price)
  }

  return {
    customer() {
      const id = ++cursor.customers
      const { name, email } = text.person(random)
      const note = random.chance(25) ? text.note(random) : null
      const phone = random.chance(80) ? text.phone(random) : null
      insert.customer.run(
        id,
        `C${id + 10_000}`,
        name,
        text.street(random),
        random.digits(5),
        text.city(random),
        email,
        phone,
        note,
        random.between(-50_000, 250_000),
        cursor.nowMs,
        cursor.nowMs + random.below(YEAR_MS),
      )
    },

    product() {
      const id = ++cursor.products
      const name = text.productName(random)
      const cost = 40 + random.skewed(40_000)
      const price = Math.round(cost * (1.2 + random.below(80) / 100))
      const unit = text.unit(random)
      const ean = `40${random.digits(5)}${random.digits(6)}`
      const description = random.chance(60) ? `${name}, ${text.note(random)}` : null
      names[id] = name
      units[id] = unit
      prices[id] = price
      insert.product.run(
        id,
        `${name.slice(0, 3).toUpperCase()}-${id + 100_000}`,
        ean,
        name,
        unit,
        description,
        price,
        cost,
        random.skewed(900),
        cursor.nowMs + random.below(YEAR_MS),
      )
    },

    invoice() {
      const id = ++cursor.invoices
      cursor.nowMs += 1_000 + random.skewed(360_000)
      const lines = 1 + random.skewed(9)
      let total = 0
      for (let position = 1; position <= lines; position++) {
        const product = 1 + random.skewed(cursor.products)
        const quantity = 1 + random.skewed(24)
        const price = prices[product] as number
        total += price * quantity
        const lot = random.chance(15) ? text.lotNumber(random, cursor.nowMs) : null
        insert.line.run(
          ++cursor.lines,
          id,
          position,
          product,
          names[product] as string,
          lot,
          quantity,
          units[product] as string,
          price,
          random.chance(85) ? 'VAT 19 %' : 'VAT 7 %',
          price * quantity,
          cursor.nowMs,
        )
      }
      const paid = random.chance(92)
      const note = random.chance(50) ? text.note(random) : null
      insert.invoice.run(
        id,
        text.uuid(random),
        `RE-${id + 1_000_000}`,
        1 + random.below(cursor.customers),
        paid ? 'paid' : 'open',
        day(cursor.nowMs),
        day(cursor.nowMs + 14 * DAY_MS),
        'EUR',
        text.terms(random),
        total,
        paid ? total : 0,
        note,
        cursor.nowMs + random.below(30 * DAY_MS),
      )
      return lines
    },
  }
}

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

interface Inserts {
  customer: StatementSync
  product: StatementSync
  invoice: StatementSync
  line: StatementSync
}

function prepareInserts(db: DatabaseSync): Inserts {
  const into = (table: string, columns: number): StatementSync =>
    db.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`)
  return {
    customer: into('customers', 12),
    product: into('products', 10),
    invoice: into('invoices', 13),
    line: into('invoice_lines', 12),
  }
}
