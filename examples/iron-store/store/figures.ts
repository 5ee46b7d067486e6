import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './statement.ts'

/** How the shop does, for its first page. */
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

const dayMs = 86_400_000

export function figures(database: DatabaseSync, clock: () => Date): () => Figures {
  const since = prepare<Sales>(database, 'SELECT count(*) AS invoices, coalesce(sum(net_cents), 0) AS netCents FROM invoice WHERE issued_at >= ?')
  const byDay = prepare<{ day: string; netCents: number }>(
    database,
    'SELECT substr(issued_at, 1, 10) AS day, sum(net_cents) AS netCents FROM invoice WHERE issued_at >= ? GROUP BY day',
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
    const now = clock().getTime()
    const days = Array.from({ length: 30 }, (_, at) => dayOf(now - (29 - at) * dayMs))
    const sold = new Map(byDay.all(days[0]!).map(({ day, netCents }) => [day, netCents]))
    return {
      today: since.get(dayOf(now))!,
      month: since.get(dayOf(now).slice(0, 7))!,
      days: days.map((day) => ({ day, netCents: sold.get(day) ?? 0 })),
      low: low.all(),
      counts: counts.get()!,
    }
  }
}

/** In UTC, as times are stored. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
