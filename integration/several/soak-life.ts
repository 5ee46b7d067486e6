import { parseArgs } from 'node:util'
import { soakLife } from './soak/life.ts'
import { steady } from './soak/pace.ts'
import type { Tally } from './soak/tally.ts'

// `npm run soak:life`: two databases, three providers, prune and scrub, faults of all kinds, and a restore every 30 seconds.

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes must be a number above zero, not "${values.minutes}".`)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
const startedAt = Date.now()
const elapsed = (): string => `${((Date.now() - startedAt) / 60_000).toFixed(1)} min`

say(`Two databases, three providers, ${minutes} minutes`)
const tally = await soakLife({
  durationMs: minutes * 60_000,
  pace: steady,
  signal: stop.signal,
  onCheck: (soFar) => say(`${elapsed()}  ${lineOf(soFar)}`),
})

say(`\nAfter ${elapsed()}:`)
for (const [what, count] of tally.counts) say(`${count.toLocaleString('en').padStart(15)}  ${what}`)
say('\nWarnings, and how often:')
for (const [warning, count] of tally.warnings) say(`${count.toLocaleString('en').padStart(15)}  ${warning}`)
say('')
for (const failure of tally.failures) say(`FAILED  ${failure}`)
say(tally.failures.length === 0 ? 'Nothing failed.' : `${tally.failures.length} failures.`)
process.exitCode = tally.failures.length === 0 && !stop.signal.aborted ? 0 : 1

function lineOf({ counts, failures }: Tally): string {
  const shown = ['snapshots', 'snapshots gone for good', 'packs removed', 'copies healed', 'outages met', 'restores checked']
  return [...shown.map((what) => `${what} ${counts.get(what) ?? 0}`), `failures ${failures.length}`].join(', ')
}
