import type { DatabaseSync } from 'node:sqlite'
import { textOf } from './check.ts'
import { refuse } from './refusal.ts'
import { containing, prepare } from './statement.ts'

export interface Customer {
  readonly id: number
  readonly name: string
  readonly address: string
  readonly email: string
  readonly phone: string
}

type CustomerInput = Omit<Customer, 'id'>

export interface Customers {
  list(search?: string): Customer[]
  get(id: number): Customer
  /** @throws `invalid` */
  add(given: Partial<CustomerInput>): Customer
  /** Invoices that were written keep the name and address that they were written with. */
  change(id: number, given: Partial<CustomerInput>): Customer
}

export function customers(database: DatabaseSync): Customers {
  const all = prepare<Customer>(
    database,
    `SELECT * FROM customer WHERE name LIKE ?1 ESCAPE '\\' OR address LIKE ?1 ESCAPE '\\' OR email LIKE ?1 ESCAPE '\\' ORDER BY name LIMIT 500`,
  )
  const one = prepare<Customer>(database, 'SELECT * FROM customer WHERE id = ?')
  const insert = prepare(database, 'INSERT INTO customer (name, address, email, phone) VALUES (?, ?, ?, ?)')
  const update = prepare(database, 'UPDATE customer SET name = ?, address = ?, email = ?, phone = ? WHERE id = ?')
  const get = (id: number): Customer => {
    const found = one.get(id)
    if (!found) throw refuse('not-found', 'There is no such customer.')
    return found
  }
  const checked = ({ name, address, email, phone }: Partial<CustomerInput>): readonly string[] => [
    textOf(name, 'name', { required: true }),
    textOf(address, 'address'),
    textOf(email, 'email'),
    textOf(phone, 'phone'),
  ]
  return {
    list: (search = '') => all.all(containing(search)),
    get,
    add: (given) => get(insert.run(...checked(given))),
    change(id, given) {
      update.run(...checked({ ...get(id), ...given }), id)
      return get(id)
    },
  }
}
