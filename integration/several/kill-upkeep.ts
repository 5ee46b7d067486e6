import { parseArgs } from 'node:util'
import { killUpkeep } from './kills/kill-upkeep.ts'

// `npm run soak:kill-upkeep`: prune, gathering, rotation and drills, killed at random moments, finished, and looked at.

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' } } })
const kills = Number(values.kills)
if (!Number.isInteger(kills) || kills < 1) throw new Error(`--kills must be a whole number above zero, not "${values.kills}".`)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
const startedAt = Date.now()
const report = await killUpkeep({
  kills,
  signal: stop.signal,
  onKill: ({ kills: done, restored }) => {
    if (done % 10 === 0) say(`${done} kills, ${restored} restores`)
  },
})

const killedWhile = Object.entries(report.killedWhile).map(([what, count]) => `${what} ${count}`)
say(`
${report.kills} kills in ${Math.round((Date.now() - startedAt) / 1000)} s: ${killedWhile.join(', ')}
${report.cameThrough} processes were done before they were to be killed
${report.snapshots} snapshots, ${report.removedPacks} packs removed, ${report.restored} restores byte for byte
Both secrets opened the repository after ${report.bothSecrets} kills; ${report.leftScratch} left data in clear, which the next process removed
`)
for (const fault of report.faults) say(`FAILED  ${fault}`)
say(report.faults.length === 0 ? 'Nothing was lost, and everything was finished.' : `${report.faults.length} faults.`)
process.exitCode = report.faults.length === 0 && report.kills >= kills ? 0 : 1
