import type { SnapshotPageJson } from '@backup/client'
import { expect, test } from 'vitest'
import { chrome, hasChromium } from './ui/chrome.ts'

// Times are measured by `npm run bench -- dashboard`; here is what a busy machine cannot make worse.

const { visit } = chrome()
/** So many elements make the whole page, with the backups that fit on a large screen and as many again. */
const mostElements = 2500

test.skipIf(!hasChromium)('of a thousand backups only those near the screen are made, the others as somebody scrolls, and nothing is asked for twice', async () => {
  const place = await visit({ days: 2 })
  const { open, shop } = place
  const answer = await shop.handler(new Request('http://localhost/api/backup/snapshots'))
  const { snapshots: [pattern] } = (await answer.json()) as SnapshotPageJson
  const now = Date.now()
  const many = Array.from({ length: 1000 }, (_, n) => {
    const id = n.toString(16).padStart(64, '0')
    return { ...pattern!, id, time: new Date(now - n * 3_600_000).toISOString(), sizeBytes: pattern!.sizeBytes - n }
  })
  const page: SnapshotPageJson = { snapshots: many, total: many.length }
  const asked: string[] = []
  place.instead = async (request) => {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    return pathname.endsWith('/snapshots') ? Response.json(page) : undefined
  }
  const tab = await open('?tab=backups')
  await tab.getByText('1,000 of 1,000').waitFor()
  await tab.waitForFunction(() => !document.querySelector('.backup-waiting'))
  const rows = tab.locator('.backup-snapshot')
  expect(await rows.count()).toBeLessThan(100)
  expect(await tab.locator('.backup-dashboard *').count()).toBeLessThan(mostElements)
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted())
  const before = await rows.count()
  await rows.last().scrollIntoViewIfNeeded()
  await rows.nth(before + 10).waitFor()
})
