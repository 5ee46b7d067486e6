import type { DatabaseSync } from 'node:sqlite'
import { textOf } from './check.ts'
import { refuse } from './refusal.ts'
import { prepare } from './statement.ts'

/** Who sells: it is printed on every invoice, and so belongs to the data and not to the machine. */
export interface Shop {
  readonly name: string
  readonly address: string
  readonly taxId: string
  /** Three letters, as ISO 4217 has them. */
  readonly currency: string
}

export interface Shops {
  get(): Shop
  change(given: Partial<Shop>): Shop
}

export function shop(database: DatabaseSync): Shops {
  const one = prepare<Shop>(database, 'SELECT name, address, tax_id AS taxId, currency FROM shop')
  const update = prepare(database, 'UPDATE shop SET name = ?, address = ?, tax_id = ?, currency = ?')
  const get = (): Shop => one.get()!
  return {
    get,
    change(given) {
      const { name, address, taxId, currency } = { ...get(), ...given }
      if (!/^[A-Z]{3}$/.test(currency)) throw refuse('invalid', 'A currency has three letters, such as EUR.', 'currency')
      update.run(textOf(name, 'name', { required: true }), textOf(address, 'address'), textOf(taxId, 'taxId'), currency)
      return get()
    },
  }
}
