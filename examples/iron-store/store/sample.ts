import { openStore } from './open-store.ts'

const goods = [
  ['Hammer, 500 g', 1890], ['Club hammer, 1 kg', 2450], ['Claw hammer', 2290], ['Rubber mallet', 1390], ['Cold chisel', 1150],
  ['Wood chisel, 12 mm', 1690], ['Screwdriver set, 6 pieces', 2990], ['Hex keys, 9 pieces', 1490], ['Combination pliers', 1990],
  ['Water pump pliers', 2790], ['Side cutters', 1890], ['Adjustable spanner', 2390], ['Socket set, 46 pieces', 5990], ['Spirit level, 60 cm', 2190],
  ['Tape measure, 5 m', 990], ['Folding rule, 2 m', 690], ['Hand saw', 2490], ['Hacksaw', 1790], ['Saw blades, 10 pieces', 890],
  ['Wood screws 4 × 40, 200 pieces', 790], ['Wood screws 5 × 60, 200 pieces', 1090], ['Machine screws M6, 100 pieces', 990], ['Nuts M6, 100 pieces', 490],
  ['Washers M6, 200 pieces', 390], ['Threaded rod M8, 1 m', 290], ['Wall plugs 8 mm, 100 pieces', 590], ['Nails 80 mm, 1 kg', 690], ['Angle bracket, 10 pieces', 890],
  ['Steel chain, 1 m', 490], ['Padlock, 50 mm', 1590], ['Door hinge, pair', 790], ['Hasp and staple', 690], ['Wheelbarrow', 8990], ['Shovel', 2890],
  ['Garden rake', 2190], ['Work gloves', 590], ['Safety glasses', 890], ['Angle grinder, 125 mm', 7990], ['Cutting discs, 10 pieces', 1290], ['Cordless drill, 18 V', 12990],
] as const
const people = [
  'Anna Berger', 'Berg & Sohn', 'Carl Lind', 'Diana Fox', 'Emil Novak', 'Forge & Fire', 'Greta Holm', 'Hanno Petersen', 'Ida Moreau', 'Jonas Krall',
  'Kupfer Dachbau', 'Lena Sand', 'Marta Silva', 'Nils Aaker', 'Olive Farm Co-op', 'Paul Weiss', 'Quay Carpentry', 'Rosa Marin', 'Stein Gartenbau', 'Tomas Reid',
] as const
const streets = ['Mill Lane', 'Harbour Street', 'Forge Road', 'Church Row', 'Station Square'] as const
const dayMs = 86_400_000

export interface SampleOptions {
  /** @default 90 */
  readonly days?: number
  /** Invoices, on an average day. @default 5 */
  readonly perDay?: number
  /** @default the system's time */
  readonly now?: Date
}

/** Fills an empty store with a few months of business, always the same. @returns how many invoices there are */
export function writeSample(file: string, { days = 90, perDay = 5, now = new Date() }: SampleOptions = {}): number {
  const today = Math.floor(now.getTime() / dayMs) * dayMs
  let at = today - days * dayMs
  const random = numbersFrom(7)
  const store = openStore(file, { clock: () => new Date(at), durable: false })
  store.shop.change({ name: 'Iron & Sons', address: '12 Forge Road\nOld Harbour', taxId: 'XX 123456789' })
  for (const [index, [name, priceCents]] of goods.entries()) {
    const { id } = store.products.add({ sku: `IS-${100 + index}`, name, priceCents, taxPermille: 190, lowAt: 8 })
    store.products.move(id, 30 + random(90), 'Opening stock')
  }
  for (const [index, name] of people.entries()) {
    const address = `${1 + random(90)} ${streets[index % streets.length]}\nOld Harbour`
    store.customers.add({ name, address, email: `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.com`, phone: `+49 555 ${1000 + index * 37}` })
  }
  let written = 0
  for (let day = 0; day < days; day++) {
    // From eight to six.
    const times = Array.from({ length: random(perDay * 2) }, () => (8 + random(10)) * 3_600_000 + random(3_600_000)).toSorted((a, b) => a - b)
    for (const time of times) {
      at = today - (days - 1 - day) * dayMs + time
      if (at > now.getTime()) break
      const wanted = new Set(Array.from({ length: 1 + random(4) }, () => 1 + random(goods.length)))
      const lines = [...wanted].map((productId) => ({ productId, quantity: 1 + random(3) })).filter(({ productId, quantity }) => store.products.get(productId).stock > quantity)
      if (lines.length === 0) continue
      store.invoices.write({ customerId: 1 + random(people.length), lines })
      written++
    }
  }
  store.close()
  return written
}

/** Whole numbers below what is asked for, the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
