import { parseArgs } from 'node:util'
import { limits } from '../src/prune/limits.ts'
import { simulate } from '../test/collection-world.ts'

/**
 * Plays writers and collectors in thousands of worlds, each with bounds, faults and sleep of its own, and looks for a snapshot that
 * lacks something: `npm run soak:collect -- --worlds 2000 --from 1`.
 */
const { values } = parseArgs({ options: { worlds: { type: 'string', default: '2000' }, from: { type: 'string', default: '1' } } })
const steps = 150
// So that in a small world there is something to gather.
Object.assign(limits, { manyPacks: 4, wasteBytes: 1 })

let now = 0
performance.now = () => now
const [from, worlds] = [Number(values.from), Number(values.worlds)]
const total = { commits: 0, outrun: 0, removedSnapshots: 0, removedPacks: 0, gathered: 0 }
let damaged = 0
for (let seed = from; seed < from + worlds; seed++) {
  const { damage, ...counts } = await simulate(seed, steps, (ms) => (now = ms))
  for (const [name, count] of Object.entries(counts)) total[name as keyof typeof total] += count
  if (damage !== undefined) console.error(`DAMAGED: ${damage}`, ++damaged)
  if ((seed - from + 1) % 50 === 0) console.log(`${seed - from + 1} worlds, ${damaged} with a damaged snapshot: ${JSON.stringify(total)}`)
}
console.log(`${worlds} worlds from seed ${from}, ${damaged} with a damaged snapshot: ${JSON.stringify(total)}`)
process.exitCode = damaged > 0 ? 1 : 0
