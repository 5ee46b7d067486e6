import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './statement.ts'

/** The last number that was given out, by year. Plain data. */
export type GivenOut = Readonly<Record<string, number>>

export interface Numbers {
  /** The next number of a year. To be called in the transaction that uses it: then there are no holes. */
  next(year: number): number
  givenOut(): GivenOut
  /**
   * Numbers that went out to customers must not be given out again, although an older state of the data was restored. Those of which
   * there is no invoice any more are written down with the reason.
   *
   * @returns how many these are
   */
  accountFor(before: GivenOut, reason: string, at: string): number
  /** Those of which there is no invoice. */
  void(): readonly VoidNumber[]
}

export interface VoidNumber {
  readonly year: number
  readonly sequence: number
  readonly reason: string
  readonly at: string
}

/** As it is printed: `2026-00042`. */
export function numberText(year: number, sequence: number): string {
  return `${year}-${String(sequence).padStart(5, '0')}`
}

export function numbers(database: DatabaseSync): Numbers {
  const next = prepare<{ last: number }>(
    database,
    'INSERT INTO invoice_counter VALUES (?, 1) ON CONFLICT (year) DO UPDATE SET last = last + 1 RETURNING last',
  )
  const all = prepare<{ year: number; last: number }>(database, 'SELECT year, last FROM invoice_counter')
  const raise = prepare(database, 'INSERT INTO invoice_counter VALUES (?1, ?2) ON CONFLICT (year) DO UPDATE SET last = ?2')
  const writeOff = prepare(database, 'INSERT OR IGNORE INTO void_number VALUES (?, ?, ?, ?)')
  const written = prepare<VoidNumber>(database, 'SELECT * FROM void_number ORDER BY year DESC, sequence DESC LIMIT 1000')
  const givenOut = (): GivenOut => Object.fromEntries(all.all().map(({ year, last }) => [year, last]))
  return {
    next: (year) => next.get(year)!.last,
    givenOut,
    accountFor(before, reason, at) {
      const now = givenOut()
      let lost = 0
      for (const [year, last] of Object.entries(before)) {
        const first = (now[year] ?? 0) + 1
        // Nothing is written where nothing was lost: after a restore that failed, somebody else may have the database.
        if (first > last) continue
        for (let sequence = first; sequence <= last; sequence++, lost++) writeOff.run(Number(year), sequence, reason, at)
        raise.run(Number(year), last)
      }
      return lost
    },
    void: () => written.all(),
  }
}
