import { expect, test } from 'vitest'
import { earlyInTheQuarter, machine } from './machine.ts'
import { type Talk, setUp, talk } from './talk.ts'

const hourMs = 3_600_000
const patienceMs = 90_000

const later = (ms: number): Date => new Date(earlyInTheQuarter().getTime() + ms)

async function scheduled({ ask }: Talk): Promise<number> {
  const { snapshots } = await ask<{ readonly snapshots: readonly { readonly kind: string }[] }>('/api/backup/snapshots')
  return snapshots.filter(({ kind }) => kind === 'scheduled').length
}

test('what was missed while the program did not run is caught up by one backup, at once', async () => {
  const shop = machine({ days: 3 })
  const first = await shop.start()
  await setUp(talk(first.url), shop.backups)
  expect(await scheduled(talk(first.url))).toBe(1)
  await first.stop()

  // The morning after: more than fifty were missed.
  const morning = await shop.start({ clock: () => later(14 * hourMs) })
  await expect.poll(() => scheduled(talk(morning.url)), { timeout: patienceMs }).toBe(2)
  await morning.stop()

  // Nothing was missed in the meantime.
  const again = await shop.start({ clock: () => later(14 * hourMs + 1000) })
  const { jobs } = await talk(again.url).ask<{ readonly jobs: readonly { readonly name: string; readonly next?: string }[] }>('/api/backup/schedule')
  const next = Date.parse(jobs.find(({ name }) => name === 'backup')?.next ?? '') - later(14 * hourMs).getTime()
  expect(next).toBeGreaterThan(0)
  expect(next).toBeLessThanOrEqual(15 * 60_000)
  expect(await scheduled(talk(again.url))).toBe(2)
})
