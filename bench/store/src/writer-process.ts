import { DatabaseSync } from 'node:sqlite'
import { createRandom } from './random.ts'
import type { WriterReport } from './writer.ts'

const [path = '', rate = '200', timeout = '10000'] = process.argv.slice(2)
const transactionsPerSecond = Number(rate)
const db = new DatabaseSync(path, { timeout: Number(timeout) })
db.exec('PRAGMA synchronous = NORMAL')

const random = createRandom(process.pid)
const customers = Number(db.prepare('SELECT max(id) AS id FROM customers').get()?.id)
const invoices = Number(db.prepare('SELECT max(id) AS id FROM invoices').get()?.id)
const owe = db.prepare('UPDATE customers SET balance_cents = balance_cents - ?, updated_at = ? WHERE id = ?')
const settle = db.prepare('UPDATE invoices SET paid_cents = paid_cents + ?, updated_at = ? WHERE id = ?')
const record = db.prepare(
  'INSERT INTO payments (customer_id, invoice_id, amount_cents, paid_at) VALUES (?, ?, ?, ?)',
)

const startedMs = performance.now()
const report: WriterReport = { transactions: 0, slowestMs: 0, ranMs: 0 }
let stopping = false

pay()
process.send?.(report)
process.on('message', () => {
  stopping = true
})
process.on('disconnect', () => process.exit(1))
turn()

/** Catches up with the clock, then lets messages in: exact on average, in bursts of a few milliseconds. */
function turn(): void {
  const due = ((performance.now() - startedMs) / 1000) * transactionsPerSecond
  for (let burst = 0; burst < 100 && report.transactions < due && !stopping; burst++) pay()
  if (stopping) finish()
  else setTimeout(turn, 2)
}

function pay(): void {
  const amount = random.between(1, 5_000)
  const customer = 1 + random.below(customers)
  const invoice = 1 + random.below(invoices)
  const now = Date.now()
  const fromMs = performance.now()
  db.exec('BEGIN IMMEDIATE')
  owe.run(amount, now, customer)
  settle.run(amount, now, invoice)
  record.run(customer, invoice, amount, now)
  db.exec('COMMIT')
  report.slowestMs = Math.max(report.slowestMs, performance.now() - fromMs)
  report.transactions++
}

function finish(): void {
  report.ranMs = performance.now() - startedMs
  db.close()
  process.send?.(report, () => process.exit(0))
}
