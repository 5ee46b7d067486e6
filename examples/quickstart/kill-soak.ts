import { parseArgs } from 'node:util'
import { bytesText, durationText, numberText } from '@backup/cli/terminal'
import { createScreen } from './render/screen.ts'
import { type SoakReport, soak } from './soak/soak.ts'

// `npm run soak:kill`: a backup that is killed at random moments, run again, and looked at in the end.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    megabytes: { type: 'string', default: '100' },
  },
})
const kills = wholeNumber(values.kills, '--kills')
const megabytes = wholeNumber(values.megabytes, '--megabytes')

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
const screen = createScreen(process.stdout, { env: process.env })
screen.title(`Kills a backup of ${megabytes} MB ${numberText(kills)} times`)

try {
  const startedAt = performance.now()
  const report = await soak({
    kills,
    bytes: megabytes * 1e6,
    signal: stop.signal,
    onKill(done) {
      if (done % 50 === 0) screen.detail(`${done} kills`)
      screen.progress({ label: `${done} kills` })
    },
  })
  tell(report, performance.now() - startedAt)
} catch (error) {
  process.exitCode = 1
  screen.bad(stop.signal.aborted ? 'Stopped.' : String((error as Error).stack))
} finally {
  screen.close()
}

function tell(report: SoakReport, tookMs: number): void {
  const { repositories, snapshots, orphans, faults, carriedPacks, lostPacks, mostLostPacks } = report
  const [excess, allowed] = [signed(report.excessBytes), bytesText(report.allowedBytes)]
  const killedWhile = Object.entries(report.killedWhile).map(([phase, count]) => `${phase} ${count}`)
  screen.say('')
  screen.say(`${numberText(report.kills)} kills in ${durationText(tookMs)}: ${killedWhile.join(', ')}`)
  screen.say(`${repositories} repositories, ${snapshots} snapshots, ${orphans} packs that none of them needs`)
  screen.say(`Stored beyond uninterrupted runs: ${excess}; allowed, one pack a kill: ${allowed}`)
  screen.say(`Packs that killed runs had stored, for the next to go on with: ${carriedPacks}`)
  screen.say(`Packs that a kill stopped on their way: ${lostPacks}, at most ${mostLostPacks} in one run`)
  screen.say('')
  const within = report.excessBytes <= report.allowedBytes && lostPacks <= report.kills
  mark(within, 'At most one pack was sent twice for each kill.')
  mark(faults.length === 0, 'Every snapshot is verified, and restored byte for byte without the orphans.')
  for (const fault of faults) screen.say(fault)
  if (!within || faults.length > 0) process.exitCode = 1
}

function mark(holds: boolean, claim: string): void {
  if (holds) screen.good(claim)
  else screen.bad(`NOT SO: ${claim}`)
}

function signed(bytes: number): string {
  return bytes < 0 ? `−${bytesText(-bytes)}` : bytesText(bytes)
}

function wholeNumber(text: string, option: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${option} must be a whole number above zero, not "${text}".`)
}
