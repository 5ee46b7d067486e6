import type { DatabaseSync } from 'node:sqlite'
import { textOf, wholeOf } from './check.ts'
import { type Numbers, numberText } from './numbers.ts'
import { refuse } from './refusal.ts'
import { containing, inTransaction, prepare } from './statement.ts'
import { type Totals, totalsOf } from './totals.ts'

export interface InvoiceSummary {
  readonly id: number
  readonly number: string
  readonly issuedAt: string
  readonly customerId: number
  readonly customerName: string
  readonly netCents: number
  readonly totalCents: number
  /** The invoice that this one takes back. */
  readonly cancels: number | null
  /** The one that takes this one back. */
  readonly cancelledBy: number | null
}

interface InvoiceLine {
  readonly productId: number
  readonly sku: string
  readonly name: string
  readonly quantity: number
  readonly priceCents: number
  readonly taxPermille: number
}

export interface Invoice extends InvoiceSummary {
  readonly customerAddress: string
  readonly note: string
  readonly lines: readonly InvoiceLine[]
  readonly totals: Totals
}

interface InvoiceInput {
  readonly customerId: number
  readonly lines: readonly { readonly productId: number; readonly quantity: number }[]
  readonly note?: string
}

export interface Invoices {
  /** The newest first. @param before only what is older than the invoice with this id */
  list(options?: { readonly search?: string; readonly before?: number; readonly limit?: number }): InvoiceSummary[]
  get(id: number): Invoice
  /** Gives it the next number, and takes what it sells out of stock: all of that or nothing. */
  write(given: Partial<InvoiceInput>): Invoice
  /** Writes an invoice over the same with the opposite sign, and puts the goods back. */
  cancel(id: number, reason: string): Invoice
}

type Row = Omit<InvoiceSummary, 'number' | 'totalCents'> & {
  readonly year: number
  readonly sequence: number
  readonly taxCents: number
  readonly customerAddress: string
  readonly note: string
}

const columns = `invoice.id, invoice.year, invoice.sequence, invoice.issued_at AS issuedAt, invoice.customer_id AS customerId,
  invoice.customer_name AS customerName, invoice.customer_address AS customerAddress, invoice.net_cents AS netCents,
  invoice.tax_cents AS taxCents, invoice.note, invoice.cancels, storno.id AS cancelledBy
  FROM invoice LEFT JOIN invoice AS storno ON storno.cancels = invoice.id`
const mostLines = 200

export function invoices(database: DatabaseSync, numbers: Numbers, now: () => string): Invoices {
  const all = prepare<Row>(
    database,
    `SELECT ${columns} WHERE invoice.id < ?2 AND (?1 = '%%' OR invoice.customer_name LIKE ?1 ESCAPE '\\'
      OR printf('%d-%05d', invoice.year, invoice.sequence) LIKE ?1 ESCAPE '\\' OR invoice.note LIKE ?1 ESCAPE '\\')
     ORDER BY invoice.id DESC LIMIT ?3`,
  )
  const one = prepare<Row>(database, `SELECT ${columns} WHERE invoice.id = ?`)
  const linesOf = prepare<InvoiceLine>(
    database,
    `SELECT product_id AS productId, sku, name, quantity, price_cents AS priceCents, tax_permille AS taxPermille
     FROM invoice_line WHERE invoice_id = ? ORDER BY position`,
  )
  const customer = prepare<{ name: string; address: string }>(database, 'SELECT name, address FROM customer WHERE id = ?')
  const product = prepare<InvoiceLine & { stock: number }>(
    database,
    'SELECT id AS productId, sku, name, price_cents AS priceCents, tax_permille AS taxPermille, stock FROM product WHERE id = ?',
  )
  const insert = prepare(
    database,
    `INSERT INTO invoice (year, sequence, issued_at, customer_id, customer_name, customer_address, net_cents, tax_cents, note, cancels)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertLine = prepare(database, 'INSERT INTO invoice_line VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const take = prepare(database, 'UPDATE product SET stock = stock - ? WHERE id = ?')
  const note = prepare(database, 'INSERT INTO stock_move (product_id, change, reason, invoice_id, at) VALUES (?, ?, ?, ?, ?)')

  const get = (id: number): Invoice => {
    const row = one.get(id)
    if (!row) throw refuse('not-found', 'There is no such invoice.')
    const lines = linesOf.all(id)
    return { ...summaryOf(row), customerAddress: row.customerAddress, note: row.note, lines, totals: totalsOf(lines) }
  }
  const store = (head: Pick<Invoice, 'customerId' | 'customerName' | 'customerAddress' | 'note' | 'cancels'>, lines: readonly InvoiceLine[]): Invoice => {
    const at = now()
    const year = Number(at.slice(0, 4))
    const sequence = numbers.next(year)
    const { netCents, taxCents } = totalsOf(lines)
    const { customerId, customerName, customerAddress, note: text, cancels } = head
    const id = insert.run(year, sequence, at, customerId, customerName, customerAddress, netCents, taxCents, text, cancels)
    for (const [position, line] of lines.entries()) {
      insertLine.run(id, position, line.productId, line.sku, line.name, line.quantity, line.priceCents, line.taxPermille)
      take.run(line.quantity, line.productId)
      note.run(line.productId, -line.quantity, `Invoice ${numberText(year, sequence)}`, id, at)
    }
    return get(id)
  }
  /** As it is sold now: later changes of the product do not change the invoice. */
  const lineOf = ({ productId, quantity }: InvoiceInput['lines'][number], at: number, taken: Map<number, number>): InvoiceLine => {
    const found = product.get(wholeOf(productId, `lines.${at}.productId`, [1, Number.MAX_SAFE_INTEGER]))
    if (!found) throw refuse('not-found', 'There is no such product.', `lines.${at}.productId`)
    const { stock, ...line } = found
    const count = wholeOf(quantity, `lines.${at}.quantity`, [1, 100_000])
    const left = stock - (taken.get(productId) ?? 0)
    if (count > left) throw refuse('out-of-stock', `Of ${line.name}, ${left} are left.`, `lines.${at}.quantity`)
    taken.set(productId, (taken.get(productId) ?? 0) + count)
    return { ...line, quantity: count }
  }

  return {
    list({ search = '', before = Number.MAX_SAFE_INTEGER, limit = 50 } = {}) {
      return all.all(containing(search), before, Math.min(limit, 500)).map(summaryOf)
    },
    get,
    write: ({ customerId, lines, note: text }) =>
      inTransaction(database, () => {
        const buyer = customer.get(wholeOf(customerId, 'customerId', [1, Number.MAX_SAFE_INTEGER]))
        if (!buyer) throw refuse('not-found', 'There is no such customer.', 'customerId')
        if (!Array.isArray(lines) || lines.length === 0) throw refuse('invalid', 'An invoice has at least one line.', 'lines')
        if (lines.length > mostLines) throw refuse('invalid', `An invoice has at most ${mostLines} lines.`, 'lines')
        const taken = new Map<number, number>()
        const sold = (lines as InvoiceInput['lines']).map((line, at) => lineOf(line ?? {}, at, taken))
        const head = { customerId: customerId!, customerName: buyer.name, customerAddress: buyer.address, note: textOf(text, 'note'), cancels: null }
        return store(head, sold)
      }),
    cancel: (id, reason) =>
      inTransaction(database, () => {
        const invoice = get(id)
        if (invoice.cancels !== null) throw refuse('invalid', 'This one cancels another. Write a new invoice instead.')
        if (invoice.cancelledBy !== null) throw refuse('exists', 'This invoice was cancelled before.')
        const why = `Cancels ${invoice.number}: ${textOf(reason, 'reason', { required: true })}`
        return store({ ...invoice, note: why, cancels: id }, invoice.lines.map((line) => ({ ...line, quantity: -line.quantity })))
      }),
  }
}

function summaryOf({ year, sequence, taxCents, customerAddress: _, note: __, ...row }: Row): InvoiceSummary {
  return { ...row, number: numberText(year, sequence), totalCents: row.netCents + taxCents }
}
