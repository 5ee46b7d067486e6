import type { DatabaseSync } from 'node:sqlite'
import { textOf, wholeOf } from './check.ts'
import { refuse } from './refusal.ts'
import { containing, inTransaction, prepare } from './statement.ts'

export interface Product {
  readonly id: number
  readonly sku: string
  readonly name: string
  /** Without tax. */
  readonly priceCents: number
  readonly taxPermille: number
  readonly stock: number
  /** From this stock downwards it has to be ordered. */
  readonly lowAt: number
}

type ProductInput = Pick<Product, 'sku' | 'name' | 'priceCents' | 'taxPermille' | 'lowAt'>

export interface Products {
  list(search?: string): Product[]
  get(id: number): Product
  /** @throws `invalid`; `exists` when another one has this sku */
  add(given: Partial<ProductInput>): Product
  change(id: number, given: Partial<ProductInput>): Product
  /** Goods came, were lost, were counted. */
  move(id: number, change: number, reason: string): Product
  /** Changes all prices by so many thousandths. @returns how many are different now */
  reprice(permille: number): number
}

const columns = 'id, sku, name, price_cents AS priceCents, tax_permille AS taxPermille, stock, low_at AS lowAt'
const highestPrice = 100_000_000

export function products(database: DatabaseSync, now: () => string): Products {
  const all = prepare<Product>(
    database,
    `SELECT ${columns} FROM product WHERE name LIKE ?1 ESCAPE '\\' OR sku LIKE ?1 ESCAPE '\\' ORDER BY name LIMIT 500`,
  )
  const one = prepare<Product>(database, `SELECT ${columns} FROM product WHERE id = ?`)
  const bySku = prepare<{ id: number }>(database, 'SELECT id FROM product WHERE sku = ?')
  const insert = prepare(database, 'INSERT INTO product (sku, name, price_cents, tax_permille, low_at) VALUES (?, ?, ?, ?, ?)')
  const update = prepare(database, 'UPDATE product SET sku = ?, name = ?, price_cents = ?, tax_permille = ?, low_at = ? WHERE id = ?')
  const restock = prepare(database, 'UPDATE product SET stock = stock + ? WHERE id = ?')
  const note = prepare(database, 'INSERT INTO stock_move (product_id, change, reason, at) VALUES (?, ?, ?, ?)')
  const reprice = database.prepare('UPDATE product SET price_cents = CAST(round(price_cents * ?1 / 1000.0) AS INTEGER)')

  const get = (id: number): Product => {
    const found = one.get(id)
    if (!found) throw refuse('not-found', 'There is no such product.')
    return found
  }
  const checked = (given: Partial<ProductInput>, id?: number): readonly [string, string, number, number, number] => {
    const sku = textOf(given.sku, 'sku', { required: true })
    const other = bySku.get(sku)
    if (other && other.id !== id) throw refuse('exists', `Another product has the number ${sku}.`, 'sku')
    return [
      sku,
      textOf(given.name, 'name', { required: true }),
      wholeOf(given.priceCents, 'priceCents', [0, highestPrice]),
      wholeOf(given.taxPermille, 'taxPermille', [0, 999]),
      wholeOf(given.lowAt ?? 0, 'lowAt', [0, 1_000_000]),
    ]
  }

  return {
    list: (search = '') => all.all(containing(search)),
    get,
    add: (given) => inTransaction(database, () => get(insert.run(...checked(given)))),
    change: (id, given) =>
      inTransaction(database, () => {
        update.run(...checked({ ...get(id), ...given }, id), id)
        return get(id)
      }),
    move: (id, given, why) =>
      inTransaction(database, () => {
        const change = wholeOf(given, 'change', [-1_000_000, 1_000_000])
        const reason = textOf(why, 'reason', { required: true })
        if (get(id).stock + change < 0) throw refuse('out-of-stock', 'There are not so many of it.', 'change')
        restock.run(change, id)
        note.run(id, change, reason, now())
        return get(id)
      }),
    reprice: (permille) => Number(reprice.run(1000 + wholeOf(permille, 'permille', [-900, 9000])).changes),
  }
}
