import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './statement.ts'

/** How the shop does, for its first page. Days begin and end at midnight in the zone of the machine. */
export interface Figures {
  readonly today: Sales
  readonly month: Sales
  /** The last 30 days, the oldest first; amounts without tax. */
  readonly days: readonly { readonly day: string; readonly netCents: number }[]
  readonly low: readonly { readonly id: number; readonly name: string; readonly stock: number; readonly lowAt: number }[]
  readonly counts: { readonly products: number; readonly customers: number; readonly invoices: number }
}

export interface Sales {
  readonly invoices: number
  readonly netCents: number
}

export function figures(database: DatabaseSync, clock: () => Date): () => Figures {
  const since = prepare<Sales>(database, 'SELECT count(*) AS invoices, coalesce(sum(net_cents), 0) AS netCents FROM invoice WHERE issued_at >= ?')
  const between = prepare<{ netCents: number }>(
    database,
    'SELECT coalesce(sum(net_cents), 0) AS netCents FROM invoice WHERE issued_at >= ? AND issued_at < ?',
  )
  const low = prepare<Figures['low'][number]>(
    database,
    'SELECT id, name, stock, low_at AS lowAt FROM product WHERE stock <= low_at AND low_at > 0 ORDER BY stock - low_at LIMIT 8',
  )
  const counts = prepare<Figures['counts']>(
    database,
    `SELECT (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM customer) AS customers,
      (SELECT count(*) FROM invoice) AS invoices`,
  )
  return () => {
    const now = clock()
    // By the calendar, and not by hours: twice a year a day has 23 of them, or 25.
    const midnight = (daysAgo: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo)
    const soldOn = (daysAgo: number): number => between.get(midnight(daysAgo).toISOString(), midnight(daysAgo - 1).toISOString())!.netCents
    return {
      today: since.get(midnight(0).toISOString())!,
      month: since.get(new Date(now.getFullYear(), now.getMonth()).toISOString())!,
      days: Array.from({ length: 30 }, (_, at) => ({ day: dayOf(midnight(29 - at)), netCents: soldOn(29 - at) })),
      low: low.all(),
      counts: counts.get()!,
    }
  }
}

function dayOf(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
