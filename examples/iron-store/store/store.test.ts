import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Store, openStore } from './open-store.ts'
import { isRefusal } from './refusal.ts'
import { writeSample } from './sample.ts'

let file: string
let store: Store
let now: Date

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'iron-store-'))
  file = join(folder, 'store.db')
  now = new Date('2026-03-14T09:26:53Z')
  store = openStore(file, { clock: () => now })
  onTestFinished(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })
})

const hammer = (stock = 10): number => {
  const { id } = store.products.add({ sku: `H-${stock}`, name: 'Hammer', priceCents: 1999, taxPermille: 190 })
  store.products.move(id, stock, 'Opening stock')
  return id
}
const anna = (): number => store.customers.add({ name: 'Anna', address: '1 Mill Lane' }).id
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    if (isRefusal(error)) return error.code
    throw error
  }
}

describe('an invoice', () => {
  test('has the next number of its year, adds up, and takes from the stock', () => {
    const [productId, customerId] = [hammer(), anna()]
    const first = store.invoices.write({ customerId, lines: [{ productId, quantity: 3 }] })
    expect(first).toMatchObject({ number: '2026-00001', customerName: 'Anna', netCents: 5997, totalCents: 7136 })
    expect(store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }] }).number).toBe('2026-00002')
    now = new Date('2027-01-02T10:00:00Z')
    expect(store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }] }).number).toBe('2027-00001')
    expect(store.products.get(productId).stock).toBe(5)
  })

  test('that is refused takes no number and nothing from the stock', () => {
    const [productId, scarce, customerId] = [hammer(), hammer(1), anna()]
    const lines = [{ productId, quantity: 1 }, { productId: scarce, quantity: 2 }]
    expect(codeOf(() => store.invoices.write({ customerId, lines }))).toBe('out-of-stock')
    expect(codeOf(() => store.invoices.write({ customerId, lines: [{ productId, quantity: 6 }, { productId, quantity: 6 }] }))).toBe('out-of-stock')
    expect(codeOf(() => store.invoices.write({ customerId: 99, lines: lines.slice(0, 1) }))).toBe('not-found')
    expect(codeOf(() => store.invoices.write({ customerId, lines: [] }))).toBe('invalid')
    expect(store.products.get(productId).stock).toBe(10)
    expect(store.invoices.write({ customerId, lines: lines.slice(0, 1) }).number).toBe('2026-00001')
  })

  test('keeps the price and the name it was written with', () => {
    const [productId, customerId] = [hammer(), anna()]
    const { id } = store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }] })
    store.products.change(productId, { priceCents: 1, name: 'Mallet' })
    store.customers.change(customerId, { name: 'Anna B.' })
    expect(store.invoices.get(id)).toMatchObject({ customerName: 'Anna', lines: [{ name: 'Hammer', priceCents: 1999 }] })
  })

  test('is cancelled by another one over the opposite, once, and the goods are back', () => {
    const [productId, customerId] = [hammer(), anna()]
    const { id, totalCents } = store.invoices.write({ customerId, lines: [{ productId, quantity: 3 }] })
    const storno = store.invoices.cancel(id, 'Wrong customer')
    expect(storno).toMatchObject({ number: '2026-00002', totalCents: -totalCents, cancels: id })
    expect(store.invoices.get(id).cancelledBy).toBe(storno.id)
    expect(store.products.get(productId).stock).toBe(10)
    expect(codeOf(() => store.invoices.cancel(id, 'Again'))).toBe('exists')
    expect(codeOf(() => store.invoices.cancel(storno.id, 'Back'))).toBe('invalid')
  })

  test('cannot be deleted, by no program', () => {
    const { id } = store.invoices.write({ customerId: anna(), lines: [{ productId: hammer(), quantity: 1 }] })
    const other = new DatabaseSync(file)
    expect(() => other.prepare('DELETE FROM invoice WHERE id = ?').run(id)).toThrow('cancelled, never deleted')
    other.close()
  })

  test('is found by number, by customer and by note; the list goes on where it ended', () => {
    const [productId, customerId] = [hammer(), anna()]
    for (let n = 0; n < 5; n++) store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }], note: n === 3 ? '100% paid' : '' })
    expect(store.invoices.list({ search: '00002' }).map(({ number }) => number)).toEqual(['2026-00002'])
    expect(store.invoices.list({ search: '0% p' }).map(({ number }) => number)).toEqual(['2026-00004'])
    expect(store.invoices.list({ search: 'ann' })).toHaveLength(5)
    const page = store.invoices.list({ limit: 2 })
    expect(store.invoices.list({ limit: 2, before: page[1]!.id }).map(({ number }) => number)).toEqual(['2026-00003', '2026-00002'])
  })
})

describe('stock', () => {
  test('is what came and went, with a reason for each', () => {
    const productId = hammer(2)
    store.products.move(productId, -2, 'Stolen')
    expect(codeOf(() => store.products.move(productId, -1, 'Counted'))).toBe('out-of-stock')
    expect(codeOf(() => store.products.move(productId, 1, ' '))).toBe('invalid')
    const other = new DatabaseSync(file, { readOnly: true })
    expect(other.prepare('SELECT sum(change) AS n FROM stock_move WHERE product_id = ?').get(productId)).toEqual({ n: 0 })
    other.close()
  })

  test('two products do not share a number', () => {
    const given = { sku: 'A', name: 'A', priceCents: 1, taxPermille: 0 }
    store.products.add(given)
    expect(codeOf(() => store.products.add(given))).toBe('exists')
    const { id } = store.products.add({ ...given, sku: 'B' })
    expect(codeOf(() => store.products.change(id, { sku: 'A' }))).toBe('exists')
    expect(store.products.change(id, { sku: 'B', name: 'Bolt' }).name).toBe('Bolt')
  })

  test('all prices are changed at once, rounded to a cent', () => {
    const productId = hammer()
    expect(store.products.reprice(35)).toBe(1)
    expect(store.products.get(productId).priceCents).toBe(2069)
  })
})

describe('numbers that went out before an older state came back', () => {
  test('are not given out again, and each has a reason', () => {
    const [productId, customerId] = [hammer(), anna()]
    const write = (): string => store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }] }).number
    write()
    expect(store.numbers.accountFor({ 2026: 3 }, 'Data of yesterday was restored', now.toISOString())).toBe(2)
    expect(store.numbers.void().map(({ sequence, reason }) => `${sequence} ${reason}`)).toEqual([
      '3 Data of yesterday was restored',
      '2 Data of yesterday was restored',
    ])
    expect(write()).toBe('2026-00004')
    expect(store.numbers.accountFor({ 2026: 3 }, 'Again', now.toISOString())).toBe(0)
  })
})

describe('a file', () => {
  test('of another program is left alone', () => {
    const path = file.replace('store.db', 'other.db')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE song (id INTEGER)')
    other.close()
    expect(() => openStore(path)).toThrow('not a database of Iron Store')
  })

  test('of a newer version is left alone', () => {
    const other = new DatabaseSync(file)
    other.exec('PRAGMA user_version = 99')
    other.close()
    expect(() => openStore(file)).toThrow('newer version')
  })

  test('with a sample has some months of business that add up', () => {
    const path = file.replace('store.db', 'sample.db')
    const written = writeSample(path, { now })
    const sample = openStore(path, { clock: () => now })
    expect(written).toBeGreaterThan(100)
    expect(sample.figures().counts).toMatchObject({ invoices: written, customers: 20, products: 40 })
    sample.close()
    const other = new DatabaseSync(path, { readOnly: true })
    expect(other.prepare('SELECT count(*) AS n FROM product WHERE stock <> (SELECT sum(change) FROM stock_move WHERE product_id = product.id)').get()).toEqual({ n: 0 })
    expect(other.prepare('SELECT count(*) AS n, max(sequence) AS last FROM invoice WHERE year = 2026').get()).toSatisfy(({ n, last }) => n === last)
    other.close()
  })
})

describe.each([
  // Winter time ends in the night to the 29th of March.
  ['Europe/Berlin', '2026-03-28T23:30:00+01:00', '2026-03-29T00:30:00+01:00', '2026-03-29T23:30:00+02:00'],
  ['Pacific/Auckland', '2026-03-28T23:30:00+13:00', '2026-03-29T00:30:00+13:00', '2026-03-29T23:30:00+13:00'],
  ['America/Los_Angeles', '2026-03-28T23:30:00-07:00', '2026-03-29T00:30:00-07:00', '2026-03-29T23:30:00-07:00'],
])('in %s', (zone, yesterday, early, late) => {
  test('a day of the shop begins and ends at midnight there', () => {
    const before = process.env['TZ']
    process.env['TZ'] = zone
    onTestFinished(() => {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    })
    const [productId, customerId] = [hammer(), anna()]
    for (const time of [yesterday, early, late]) {
      now = new Date(time)
      store.invoices.write({ customerId, lines: [{ productId, quantity: 1 }] })
    }
    const { today, month, days } = store.figures()
    expect(today).toEqual({ invoices: 2, netCents: 3998 })
    expect(month.invoices).toBe(3)
    expect(days.slice(-2)).toEqual([{ day: '2026-03-28', netCents: 1999 }, { day: '2026-03-29', netCents: 3998 }])
    expect(new Set(days.map(({ day }) => day)).size).toBe(30)
    now = new Date(new Date(late).getTime() + 3_600_000)
    expect(store.figures().today.invoices).toBe(0)
  })
})

test('a store is empty until something is entered that could be lost', () => {
  store.shop.change({ name: 'Iron & Sons' })
  expect(store.isEmpty()).toBe(true)
  anna()
  expect(store.isEmpty()).toBe(false)
})
