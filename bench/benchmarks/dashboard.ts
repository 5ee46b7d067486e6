import { createBackupHandler } from '@backup/http'
import { startChromium } from '../dashboard/chromium.ts'
import { type Spent, scripting } from '../dashboard/scripting.ts'
import { bytesOf, serve } from '../dashboard/site.ts'
import { backedUp } from '../dashboard/thousand.ts'
import type { Benchmark } from './benchmark.ts'

const snapshots = 1000
/** Bars of what a page may cost who opens it. */
const bars = { hooksBytes: 8_000, dashboardBytes: 60_000, scriptMs: 100 }
const views = [
  { name: 'list', address: '?tab=backups', text: '1,000 of 1,000' },
  { name: 'overview', address: '', text: '1,000 backups' },
] as const

/** What the dashboard costs a page: bytes to load, and CPU time of Chromium's main thread until a thousand backups are shown. */
export const dashboard: Benchmark = async ({ rounds }, report) => {
  const at = (name: string, unit: 'ms' | 'bytes', ours: readonly number[], peer: readonly number[], peerName = 'at most'): void =>
    report.add({ name: `dashboard.${name}`, unit, peerName, ours, peer })
  at('hooks.bytes', 'bytes', [await bytesOf('index.js')], [bars.hooksBytes])
  at('bytes', 'bytes', [await bytesOf('dashboard/index.js', 'dashboard.css')], [bars.dashboardBytes])

  report.say(`${snapshots} snapshots, from a real repository in memory; each round in a new context of Chromium, without a cache`)
  const backup = await backedUp(snapshots)
  const handler = createBackupHandler(backup, { authorize: () => ({ actor: 'bench', role: 'owner' }) })
  const site = await serve(handler)
  const chromium = await startChromium()
  try {
    for (const { name, address, text } of views) {
      const spent: Spent[] = []
      for (let round = 0; round < rounds; round++) spent.push(await scripting(chromium, site, address, text))
      at(`${name}.script`, 'ms', spent.map(({ script }) => script), [bars.scriptMs])
      at(`${name}.task`, 'ms', spent.map(({ task }) => task), spent.map(({ script }) => script), 'of it scripts')
    }
  } finally {
    await chromium.close()
    site.close()
    handler.close()
    await backup.close()
  }
}
