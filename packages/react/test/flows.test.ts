import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, chrome, patienceMs, picture } from './ui/chrome.ts'
import { type Shop, shop } from './ui/shop.ts'

// What people do with the dashboard, in Chromium, over the real handler and a real repository.

const { visit, visitAlso } = chrome()
const seen = async (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor({ timeout: patienceMs })
const sold = (store: Shop): number => Number(store.database.prepare('SELECT count(*) AS n FROM invoice').get()!['n'])

describe('a dashboard of a month', () => {
  let store: Shop
  beforeAll(async () => {
    store = await shop({ days: 32, gap: [5, 6] })
    return () => store.close()
  })
  const tabs = ['overview', 'backups', 'storage', 'retention', 'drills', 'activity', 'settings']

  test.each(['light', 'dark'] as const)('has no barriers in any of its tabs, when it is %s', async (colorScheme) => {
    const { open } = await visitAlso(store)
    const page = await open('', { colorScheme })
    for (const tab of tabs) {
      await page.goto(`${page.url().split('?')[0]}?tab=${tab}`)
      await seen(page, 'Last good backup')
      await page.waitForFunction(() => !document.querySelector('.backup-waiting'))
      expect({ tab, barriers: await barriers(page) }).toEqual({ tab, barriers: [] })
      await picture(page, `${colorScheme}-${tab}`)
    }
  })

  test('fits on a phone', async () => {
    const { open } = await visitAlso(store)
    const page = await open('', { viewport: { width: 360, height: 740 }, hasTouch: true })
    for (const tab of tabs) {
      await page.goto(`${page.url().split('?')[0]}?tab=${tab}`)
      await seen(page, 'Last good backup')
      await page.waitForFunction(() => !document.querySelector('.backup-waiting'))
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect({ tab, width }).toEqual({ tab, width: 360 })
      await picture(page, `phone-${tab}`)
    }
  })

  test('marks the days on which nothing was backed up, and leads to those of a day', async () => {
    const { open } = await visitAlso(store)
    const page = await open()
    await page.locator('.backup-strip [data-state=overdue]').first().waitFor()
    expect(await page.locator('.backup-strip [data-state=overdue]').count()).toBe(2)
    expect(await page.locator('.backup-strip [data-state=good]').count()).toBe(28)
    await page.locator('.backup-strip [data-state=good]').first().click()
    await seen(page, /^1 of \d+$/)
  })

  test('shows what another policy would leave', async () => {
    const { open } = await visitAlso(store)
    const page = await open('?tab=retention')
    await page.getByRole('button', { name: 'My own' }).click()
    for (const field of ['Hourly', 'Daily', 'Weekly', 'Monthly']) await page.getByLabel(field).fill('')
    await page.getByLabel('Newest').fill('2')
    await page.getByRole('img', { name: /^Today: [2-5] of \d+ backups are left\.$/ }).waitFor()
    await picture(page, 'retention-preview')
  })

  test('can be used with the keyboard alone', async () => {
    const { open } = await visitAlso(store)
    const page = await open()
    await page.getByRole('tab', { name: 'Overview' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'Backups', selected: true }).waitFor()
    const first = page.getByRole('button', { name: /^Restore…/ }).first()
    await first.waitFor()
    for (let n = 0; n < 6 && !(await first.evaluate((button) => button === document.activeElement)); n++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Restore' }).waitFor()
    await seen(page, 'over the data of today')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await first.evaluate((button) => button === document.activeElement)).toBe(true)
  })
})

test('the first start: nothing is there, it is set up, and the code for recovery is shown once', async () => {
  const { open } = await visit()
  const page = await open()
  await seen(page, 'Set up your backups')
  await picture(page, 'setup')
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const code = page.locator('.backup-code')
  await code.waitFor()
  expect(await barriers(page)).toEqual([])
  await page.getByRole('button', { name: 'Done' }).click({ force: true })
  await page.keyboard.press('Escape')
  expect(await code.count()).toBe(1)
  await page.getByLabel('I have it on paper').check()
  await page.getByRole('button', { name: 'Done' }).click()
  await code.waitFor({ state: 'detached' })
  await page.getByText('Set up your backups').waitFor({ state: 'detached' })
})

test('a backup is started, watched, and found again after a reload', async () => {
  // Both copies are needed: it cannot be over before the cloud has its own.
  const { shop: store, open } = await visit({ days: 2, required: 2 })
  const page = await open()
  store.cloud('hangs')
  store.sell(500)
  await page.getByRole('button', { name: 'Back up now' }).click()
  const running = page.getByRole('list', { name: 'Under way' })
  await running.waitFor()
  await picture(page, 'backup')
  await page.reload()
  await running.waitFor()
  store.cloud('works')
  await running.waitFor({ state: 'detached' })
  await seen(page, /Last good backup (\d+ seconds ago|now)/)
})

test('yesterday is restored: planned, confirmed with a reason, done, and undone', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const before = sold(store)
  const page = await open('?tab=backups')
  await page.getByRole('button', { name: /^Restore…/ }).last().click()
  await seen(page, 'What is there now is backed up first')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'restore-plan')
  await page.getByRole('button', { name: 'Restore now' }).click()
  await seen(page, 'Say why first.')
  await page.getByLabel('Why?').fill('The price list was ruined this morning.')
  store.database.close()
  await page.getByRole('button', { name: 'Restore now' }).click()
  await seen(page, 'Your data is back')
  await picture(page, 'restore-result')
  const reopened = new DatabaseSync(store.file)
  expect(Number(reopened.prepare('SELECT count(*) AS n FROM invoice').get()!['n'])).toBeLessThan(before)
  reopened.close()
  await page.getByRole('button', { name: /^Undo/ }).click()
  await seen(page, 'What is there now is backed up first')
  await page.getByLabel('Why?').fill('That was the wrong day.')
  await page.getByRole('button', { name: 'Restore now' }).click()
  await seen(page, 'Your data is back')
  const undone = new DatabaseSync(store.file)
  expect(Number(undone.prepare('SELECT count(*) AS n FROM invoice').get()!['n'])).toBe(before)
  undone.close()
})

test('an account whose access was taken back is connected again in a window; who refuses and who closes it can try again', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  const page = await open('?tab=storage')
  await seen(page, 'Connected')
  store.vendor.revoke()
  const reconnect = page.getByRole('button', { name: 'Sign in to Google Drive again' })
  await reconnect.waitFor()
  await picture(page, 'reconnect')
  const opening = async (press: () => Promise<void>): Promise<Page> => {
    const [window] = await Promise.all([page.waitForEvent('popup'), press()])
    await window.locator('#allow').waitFor()
    return window
  }
  const refused = await opening(() => reconnect.click())
  await refused.locator('#deny').click()
  await seen(page, 'The access was refused.')
  const closed = await opening(() => reconnect.click())
  await closed.close()
  await seen(page, 'That window looks closed.')
  expect(await barriers(page)).toEqual([])
  const allowed = await opening(() => page.getByRole('button', { name: 'Try again' }).click())
  await allowed.locator('#allow').click()
  await seen(page, 'Google Drive is connected.')
})

test('a provider that fails is told of, and that it works again', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const page = await open('?tab=storage')
  store.cloud('fails')
  store.sell(5)
  await store.backup.run()
  await seen(page, 'Does not work')
  await picture(page, 'provider-away')
  store.cloud('works')
  await store.backup.sync()
  await store.backup.run()
  await page.getByText('Does not work').waitFor({ state: 'detached' })
})

test('who may only look is offered nothing else', async () => {
  const { open } = await visit({ days: 1, role: 'viewer' })
  const page = await open('?tab=backups')
  await page.locator('.backup-snapshot').first().waitFor()
  await page.getByRole('button', { name: /^Details/ }).first().click()
  for (const name of [/^Restore/, 'Back up now', 'Remove…', 'Hold…']) expect(await page.getByRole('button', { name }).count()).toBe(0)
})
