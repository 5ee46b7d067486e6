import { closeSync, copyFileSync, openSync, readFileSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, chrome, hasChromium, picture, seen } from './ui/chrome.ts'
import type { Shop } from './ui/shop.ts'

// The way back, as somebody goes it who has ruined the data of today.

const { visit } = chrome()

/** The application lets go of its database before it is replaced. @returns what is in it from then on */
function closed({ database, file }: Shop): () => number {
  database.close()
  return () => {
    const opened = new DatabaseSync(file)
    const count = Number(opened.prepare('SELECT count(*) AS n FROM invoice').get()!['n'])
    opened.close()
    return count
  }
}

const planned = async (page: Page, which: 'newest' | 'oldest'): Promise<void> => {
  const buttons = page.getByRole('button', { name: /^Restore…/ })
  await buttons.first().waitFor()
  await (which === 'newest' ? buttons.first() : buttons.last()).click()
}
const confirmed = async (page: Page, why: string): Promise<void> => {
  await page.getByLabel('Why?').fill(why)
  await page.getByRole('button', { name: 'Restore now' }).click()
}

test.skipIf(!hasChromium)('yesterday is restored: planned, confirmed with a reason, done, and undone', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const page = await open('?tab=backups')
  await planned(page, 'oldest')
  await seen(page, 'What is there now is backed up first')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-plan')
  await page.getByRole('button', { name: 'Restore now' }).click()
  await seen(page, 'Say why first.')
  const invoices = closed(store)
  const before = invoices()
  await confirmed(page, 'The price list was ruined this morning.')
  await seen(page, 'Your data is back')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-result')
  expect(invoices()).toBeLessThan(before)
  await page.getByRole('button', { name: /^Undo/ }).click()
  await seen(page, 'What is there now is backed up first')
  await confirmed(page, 'That was the wrong day.')
  await seen(page, 'Your data is back')
  expect(invoices()).toBe(before)
  const { entries } = await store.backup.audit()
  expect(entries.filter(({ action }) => action === 'restore').map(({ actor, reason }) => [actor, reason])).toEqual([
    ['anna@iron-store.example', 'The price list was ruined this morning.'],
    ['anna@iron-store.example', 'That was the wrong day.'],
  ])
})

test.skipIf(!hasChromium)('it is done with the keyboard alone', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const page = await open('?tab=backups')
  const tabTo = async (name: RegExp | string, role: 'button' | 'textbox' = 'button'): Promise<void> => {
    const wanted = page.getByRole(role, { name }).first()
    await wanted.waitFor()
    for (let n = 0; n < 40 && !(await wanted.evaluate((element) => element === document.activeElement)); n++) await page.keyboard.press('Tab')
    expect(await wanted.evaluate((element) => element === document.activeElement)).toBe(true)
  }
  await tabTo(/^Restore…/)
  await page.keyboard.press('Enter')
  await tabTo('Why?', 'textbox')
  await picture(page, 'keyboard')
  await page.keyboard.type('Done without a mouse.')
  closed(store)
  await tabTo('Restore now')
  await page.keyboard.press('Enter')
  await seen(page, 'Your data is back')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test.skipIf(!hasChromium)('a connection that is lost meanwhile stops nothing: the page says so, and finds it again after a reload', async () => {
  const { shop: store, open, cut } = await visit({ days: 2 })
  const page = await open('?tab=backups')
  await planned(page, 'oldest')
  await seen(page, 'What is there now is backed up first')
  const invoices = closed(store)
  const before = invoices()
  store.disk('hangs')
  store.cloud('hangs')
  await confirmed(page, 'The price list was ruined this morning.')
  await seen(page, 'Your data is being restored. It goes on when you close this page')
  await picture(page, 'restore-progress')
  cut(true)
  await seen(page, 'If the application is still running, the restore goes on')
  await picture(page, 'restore-offline')
  cut(false)
  await page.reload()
  await seen(page, 'Your data is being restored. It goes on when you close this page')
  store.disk('works')
  store.cloud('works')
  await seen(page, 'Your data is back')
  expect(invoices()).toBeLessThan(before)
})

test.skipIf(!hasChromium)('a restored file that is bad does not take the place of what is there; a backup that looks damaged goes over it only when somebody insists', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const invoices = closed(store)
  const before = invoices()
  const good = `${store.file}.good`
  copyFileSync(store.file, good)
  const page4 = openSync(store.file, 'r+')
  writeSync(page4, new Uint8Array(64).fill(0xaa), 0, 64, 4096 * 3)
  closeSync(page4)
  await store.backup.run({ note: 'of a disk that was dying' })
  copyFileSync(good, store.file)
  const page = await open('?tab=backups')
  await planned(page, 'newest')
  await seen(page, 'It is believed to be damaged')
  expect(await barriers(page)).toEqual([])
  const insists = page.getByLabel(/I know that this backup is believed to be damaged/)
  await page.getByLabel('Why?').fill('It has the invoices of this morning.')
  // Nothing happens as long as nobody insists.
  await page.getByRole('button', { name: 'Restore now' }).click({ force: true })
  await picture(page, 'restore-suspect')
  expect(await insists.isChecked()).toBe(false)
  await insists.check()
  await page.getByRole('button', { name: 'Restore now' }).click()
  await seen(page, 'The restore failed')
  await seen(page, 'Your data is as it was before.')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-rolled-back')
  expect(invoices()).toBe(before)
  const { entries } = await store.backup.audit()
  expect(entries.filter(({ action }) => action === 'restore')).toMatchObject([{ reason: 'It has the invoices of this morning.', details: { acceptSuspect: true } }])
})

test.skipIf(!hasChromium)('a backup that was found damaged is restored all the same when somebody insists, and the trail says so', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  // A bit of each pack is another one for a while, in both places.
  const flip = (): void => {
    for (const place of store.copies) for (const pack of packsOf(place)) writeFileSync(pack, readFileSync(pack).map((byte, at) => (at === 200 ? byte ^ 1 : byte)))
  }
  flip()
  expect((await store.backup.verify({ depth: 'data' })).ok).toBe(false)
  flip()
  const page = await open('?tab=backups')
  await seen(page, 'Looks damaged')
  await picture(page, 'damaged')
  await planned(page, 'newest')
  await page.getByLabel(/I know that this backup is believed to be damaged/).check()
  closed(store)
  await confirmed(page, 'It is the only one with the invoices of this morning.')
  await seen(page, 'Your data is back')
  const { entries } = await store.backup.audit()
  expect(entries.filter(({ action }) => action === 'restore')).toMatchObject([{ details: { acceptSuspect: true } }])
})

test.skipIf(!hasChromium)('a plan that has become too old is made again', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  const page = await open('?tab=backups')
  await planned(page, 'newest')
  await seen(page, 'What is there now is backed up first')
  store.later(11 * 60_000)
  closed(store)
  await confirmed(page, 'The price list was ruined this morning.')
  await seen(page, 'This plan is too old.')
  await picture(page, 'restore-stale')
  await page.getByRole('button', { name: 'Plan again' }).click()
  await confirmed(page, 'The price list was ruined this morning.')
  await seen(page, 'Your data is back')
})

function packsOf(place: string): string[] {
  const all = readdirSync(place, { recursive: true }).map((name) => join(place, String(name)))
  return all.filter((path) => path.includes(`${join('/', 'packs')}/`) && statSync(path).isFile())
}
