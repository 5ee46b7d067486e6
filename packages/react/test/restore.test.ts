import { closeSync, copyFileSync, openSync, readFileSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BackupError, type BackupSource } from '@backup/core'
import type { JobJson, RestorePlanJson } from '@backup/http/wire'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, chrome, focused, hasChromium, picture, seen } from './ui/chrome.ts'
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

test.skipIf(!hasChromium)('it is done with the keyboard alone: each step begins at its heading, and the next thing is a key away', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const page = await open('?tab=backups')
  const first = page.getByRole('button', { name: /^Restore…/ }).first()
  await first.focus()
  await page.keyboard.press('Enter')
  await focused(page, 'This is what would happen')
  await page.keyboard.press('Tab')
  await focused(page, 'Why?')
  await picture(page, 'keyboard')
  await page.keyboard.type('Done without a mouse.')
  closed(store)
  store.disk('hangs')
  store.cloud('hangs')
  await page.keyboard.press('Tab')
  await focused(page, 'Cancel')
  await page.keyboard.press('Tab')
  await focused(page, 'Restore now')
  await page.keyboard.press('Enter')
  await focused(page, 'The restore is under way')
  await picture(page, 'keyboard-progress')
  store.disk('works')
  store.cloud('works')
  await focused(page, 'Your data is back')
  await page.getByRole('status').filter({ hasText: 'Your data is back' }).waitFor({ state: 'attached' })
  await page.keyboard.press('Tab')
  await focused(page, /^Undo/)
  await page.keyboard.press('Enter')
  await focused(page, 'This is what would happen')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await focused(page, /^Restore…/)
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

test.skipIf(!hasChromium)('a restore that leaves the data changed does not say that it is as it was, and says first what to do', async () => {
  const altered = (source: BackupSource): BackupSource => ({
    ...source,
    async restore(context) {
      const commit = async (): Promise<never> => {
        throw new BackupError('corrupt', 'Page 4 is not a page. What was there before could not be put back: it is locked.', { altered: true, hint: 'Close the application and put /data/store.db.before in its place.' })
      }
      return { ...(await source.restore(context)), commit }
    },
  })
  const { open } = await visit({ days: 1, source: altered })
  const page = await open('?tab=backups')
  await planned(page, 'newest')
  await confirmed(page, 'The price list was ruined this morning.')
  await focused(page, 'The restore failed')
  await seen(page, 'Your data may not be as it was before. Do this:')
  await seen(page, 'Close the application and put /data/store.db.before in its place.')
  expect(await page.getByText('Your data is as it was before.').count()).toBe(0)
  expect(await page.getByText('Choose an older backup').count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-altered')
  await page.setViewportSize({ width: 360, height: 740 })
  await picture(page, 'phone-restore-altered')
})

test.skipIf(!hasChromium)('a result that was examined and is not sound is no good news', async () => {
  const unsound = (source: BackupSource): BackupSource => ({ ...source, check: async () => ({ ok: false, findings: ['Row 7 of invoice is missing from its index.'] }) })
  const { shop: store, open } = await visit({ days: 1, source: unsound })
  const page = await open('?tab=backups')
  await page.getByRole('button', { name: /^Restore…/ }).first().waitFor()
  closed(store)
  store.disk('hangs')
  store.cloud('hangs')
  await begun(store, { check: true })
  await focused(page, 'The restore is under way')
  store.disk('works')
  store.cloud('works')
  await focused(page, 'It is restored, and is not sound')
  await seen(page, 'Row 7 of invoice is missing from its index.')
  expect(await page.getByText('Your data is back').count()).toBe(0)
  expect(await page.getByRole('dialog').locator('[data-tone=good]').count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-unsound')
})

test.skipIf(!hasChromium)('who may only look sees that somebody restores, in a line, and can neither stop nor undo it', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  closed(store)
  store.disk('hangs')
  store.cloud('hangs')
  await begun(store, {})
  store.become('viewer')
  const page = await open('?tab=backups')
  const line = page.getByRole('list', { name: 'Under way' })
  await line.getByText('Restore', { exact: true }).waitFor()
  await page.locator('.backup-snapshot').first().waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await page.getByRole('button', { name: /Cancel/ }).count()).toBe(0)
  store.disk('works')
  store.cloud('works')
  await page.getByRole('status').filter({ hasText: 'Restore: done' }).waitFor({ state: 'attached' })
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await page.getByRole('button', { name: /^Undo/ }).count()).toBe(0)
})

test.skipIf(!hasChromium)('a backup is restored beside the data of today, where the application allows that', async () => {
  const { shop: store, open } = await visit({ days: 2, allowsPlaces: true })
  const page = await open('?tab=backups')
  await planned(page, 'oldest')
  await page.getByRole('radio', { name: 'over the data of today' }).waitFor()
  await page.getByRole('radio', { name: 'to another place' }).check()
  const place = page.getByLabel('Place', { exact: true })
  await place.fill('/etc/passwd')
  // Neither can be confirmed before it is known what it would do.
  expect(await page.getByRole('button', { name: 'Restore now' }).count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-elsewhere')
  await place.press('Enter')
  await focused(page, 'It could not be planned')
  await seen(page, 'You may not do this.')
  await page.getByRole('button', { name: 'Back', exact: true }).click()
  await page.getByRole('radio', { name: 'to another place' }).check()
  const copy = join(dirname(store.file), 'look.db')
  await place.fill(copy)
  await page.getByRole('button', { name: 'Look what that would do' }).click()
  await page.getByRole('definition').filter({ hasText: copy }).waitFor()
  await picture(page, 'restore-elsewhere-plan')
  await page.setViewportSize({ width: 360, height: 740 })
  await picture(page, 'phone-restore-elsewhere')
  expect(await barriers(page)).toEqual([])
  const countIn = (file: string): number => {
    const opened = new DatabaseSync(file, { readOnly: true })
    const count = Number(opened.prepare('SELECT count(*) AS n FROM invoice').get()!['n'])
    opened.close()
    return count
  }
  const before = countIn(store.file)
  await confirmed(page, 'To see what the price list was.')
  await focused(page, 'The backup is restored beside your data')
  await seen(page, `It is at ${copy}.`)
  expect(await page.getByRole('button', { name: /^Undo/ }).count()).toBe(0)
  await picture(page, 'restore-elsewhere-done')
  expect(countIn(copy)).toBeLessThan(before)
  expect(countIn(store.file)).toBe(before)
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

/** Somebody else begins it, elsewhere. */
async function begun(store: Shop, more: object): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await store.handler(new Request(`http://localhost/api/backup/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
    expect(answer.status).toBeLessThan(300)
    return answer.json()
  }
  store.disk('works')
  const { confirm } = (await post('restore-plans', { snapshot: 'latest', ...more })) as RestorePlanJson
  store.disk('hangs')
  const job = (await post('restores', { token: confirm.token, reason: 'The till was set up wrong.' })) as JobJson
  expect(job.state).toBe('running')
}

function packsOf(place: string): string[] {
  const all = readdirSync(place, { recursive: true }).map((name) => join(place, String(name)))
  return all.filter((path) => path.includes(`${join('/', 'packs')}/`) && statSync(path).isFile())
}
