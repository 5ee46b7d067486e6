import { DatabaseSync } from 'node:sqlite'

/**
 * What customers owe and what they have paid since the store was made add up to one number that never
 * changes.
 */
export interface StoreInvariant {
  expectedCents: number
  actualCents: number
  payments: number
  holds: boolean
}

/** Reads the sums of a store made by `createStore`; a torn copy does not add up. */
export function readInvariant(path: string): StoreInvariant {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const expectedCents = Number(
      db.prepare("SELECT value FROM settings WHERE name = 'owed_and_paid'").get()?.value,
    )
    const sums = db.prepare(`${OWED_AND_PAID}, (SELECT count(*) FROM payments) AS payments`).get()
    const actualCents = Number(sums?.cents)
    return {
      expectedCents,
      actualCents,
      payments: Number(sums?.payments),
      holds: expectedCents === actualCents,
    }
  } finally {
    db.close()
  }
}

/** Records the sum, and the shop's clock so that later changes go on from there. */
export function sealInvariant(db: DatabaseSync, nowMs: number): void {
  db.exec(`INSERT OR REPLACE INTO settings SELECT 'owed_and_paid', cents FROM (${OWED_AND_PAID})`)
  db.prepare("INSERT OR REPLACE INTO settings VALUES ('clock_ms', ?)").run(nowMs)
}

const OWED_AND_PAID = `SELECT (SELECT total(balance_cents) FROM customers)
  + (SELECT total(amount_cents) FROM payments) AS cents`
