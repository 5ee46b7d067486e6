import { beforeAll, describe, expect, test } from 'vitest'
import { barriers, chrome, focused, hasChromium, picture, seen } from './ui/chrome.ts'
import { type Shop, shop } from './ui/shop.ts'

// What people do with the dashboard, in Chromium, over the real handler and a real repository.

const { visit, visitAlso } = chrome()

describe('a dashboard of a month', () => {
  let store: Shop
  beforeAll(async () => {
    store = await shop({ days: 32, gap: [5, 6] })
    return () => store.close()
  })
  const tabs = ['overview', 'backups', 'explore', 'storage', 'retention', 'drills', 'activity', 'settings']

  test.skipIf(!hasChromium).each(['light', 'dark'] as const)('has no barriers in any of its tabs, when it is %s', async (colorScheme) => {
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

  test.skipIf(!hasChromium)('fits on a phone', async () => {
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

  test.skipIf(!hasChromium)('marks the days on which nothing was backed up, and leads to those of a day', async () => {
    const { open } = await visitAlso(store)
    const page = await open()
    await page.locator('.backup-strip [data-state=overdue]').first().waitFor()
    expect(await page.locator('.backup-strip [data-state=overdue]').count()).toBe(2)
    expect(await page.locator('.backup-strip [data-state=good]').count()).toBe(28)
    await page.locator('.backup-strip [data-state=good]').first().click()
    await seen(page, /^1 of \d+$/)
    // What led there is gone: the keyboard goes on where it leads.
    expect(await page.getByRole('tabpanel').evaluate((panel) => panel === document.activeElement)).toBe(true)
  })

  test.skipIf(!hasChromium)('shows what another policy would leave', async () => {
    const { open } = await visitAlso(store)
    const page = await open('?tab=retention')
    await page.getByRole('button', { name: 'My own' }).click()
    for (const field of ['Hourly', 'Daily', 'Weekly', 'Monthly']) await page.getByLabel(field).fill('')
    await page.getByLabel('Newest').fill('2')
    await page.getByRole('img', { name: /^Today: [2-5] of \d+ backups are left\.$/ }).waitFor()
    await picture(page, 'retention-preview')
  })

  test.skipIf(!hasChromium)('has no barriers on a phone either', async () => {
    const { open } = await visitAlso(store)
    const page = await open('?tab=backups', { viewport: { width: 360, height: 740 }, hasTouch: true })
    await page.getByRole('button', { name: /^Restore…/ }).first().click()
    await seen(page, 'What is there now is backed up first')
    expect(await barriers(page)).toEqual([])
    await picture(page, 'phone-restore')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: /^Details/ }).first().click()
    expect(await barriers(page)).toEqual([])
    await picture(page, 'phone-details')
  })

  test.skipIf(!hasChromium)('can be used with the keyboard alone', async () => {
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

test.skipIf(!hasChromium)('the first start: nothing is there, it is set up, the code for recovery is shown once, and the first backup is made', async () => {
  const { shop: store, open } = await visit()
  const page = await open()
  await seen(page, 'Set up your backups')
  await seen(page, 'Ready to be set up')
  expect(await page.getByText('Does not work').count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'setup')
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const code = page.locator('.backup-code')
  await code.waitFor()
  expect(await barriers(page)).toEqual([])
  await picture(page, 'setup-code')
  const done = page.getByRole('button', { name: 'Make the first backup' })
  await done.click({ force: true })
  // Once and again: browsers let a page refuse only the first.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  expect(await code.count()).toBe(1)
  await page.getByLabel('I have it on paper').check()
  await done.click()
  await code.waitFor({ state: 'detached' })
  await page.getByText('Set up your backups').waitFor({ state: 'detached' })
  await seen(page, /Last good backup (\d+ \w+ ago|now)/)
  await picture(page, 'setup-done')
  expect(await store.backup.snapshots()).toHaveLength(1)
})

test.skipIf(!hasChromium)('a recovery code that nobody has noted is shown again, to who may configure, until somebody has', async () => {
  const { shop: store, open } = await visit()
  const page = await open()
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const shown = await page.locator('.backup-code').textContent()
  await page.reload()
  await focused(page, 'Nobody has noted the recovery code yet')
  expect(await page.locator('.backup-code').count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'setup-code-waits')
  await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await barriers(page)).toEqual([])
  await picture(page, 'setup-code-later')
  await page.getByRole('button', { name: 'Show the code' }).click()
  await focused(page, 'Note this code now')
  expect(await page.locator('.backup-code').textContent()).toBe(shown)
  store.become('operator')
  await page.reload()
  await seen(page, 'Back up now')
  expect(await page.getByRole('dialog').count()).toBe(0)
  store.become('owner')
  await page.reload()
  await page.getByRole('button', { name: 'Show the code' }).click()
  await page.getByLabel('I have it on paper').check()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.reload()
  await seen(page, 'Back up now')
  expect(await page.getByRole('dialog').count()).toBe(0)
})

test.skipIf(!hasChromium)('who has lost the paper makes a new recovery code, which is shown as the first one was', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  const page = await open('?tab=settings')
  await page.getByRole('button', { name: 'New recovery code…' }).click()
  await page.getByLabel('Why?').fill('Nobody finds the paper.')
  await picture(page, 'new-code')
  await page.getByRole('button', { name: 'Make a new code' }).click()
  await focused(page, 'Note this code now')
  await page.locator('.backup-code').waitFor()
  await page.getByLabel('I have it on paper').check()
  await picture(page, 'new-code-shown')
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const { entries } = await store.backup.audit()
  expect(entries.at(-1)).toMatchObject({ action: 'slot-replace', actor: 'anna@iron-store.example', reason: 'Nobody finds the paper.' })
})

test.skipIf(!hasChromium)('a plan to remove a backup that has become too old is made again', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const before = (await store.backup.snapshots()).length
  const page = await open('?tab=backups')
  await page.getByRole('button', { name: /^Details/ }).last().click()
  await page.getByRole('button', { name: 'Remove…' }).click()
  await page.getByLabel('Why?').fill('It holds what must go.')
  store.later(11 * 60_000)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await focused(page, 'Plan again')
  await picture(page, 'remove-stale')
  await page.keyboard.press('Enter')
  await page.getByLabel('Why?').fill('It holds what must go.')
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await store.backup.snapshots()).toHaveLength(before - 1)
})

test.skipIf(!hasChromium)('a backup is started and watched: its phase, amount, rate and time left; it is found again after a reload', async () => {
  // Both copies are needed: it cannot be over before the cloud has its own. Of the first backup it is known how much there is to do.
  const { shop: store, open } = await visit({ required: 2 })
  await store.backup.init()
  store.sell(90_000)
  const page = await open()
  store.cloud('crawls')
  await page.getByRole('button', { name: 'Back up now' }).click()
  const running = page.getByRole('list', { name: 'Under way' })
  await running.getByText(/^[\d.]+ \w+ of [\d.]+ MB · .+\/s · .+ left$/).waitFor()
  expect(await running.getByRole('progressbar', { name: 'Backup' }).count()).toBe(1)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'backup')
  store.cloud('hangs')
  await page.reload()
  await running.waitFor()
  store.cloud('works')
  await running.waitFor({ state: 'detached' })
  // Who does not see that it is gone is told.
  await page.getByRole('status').filter({ hasText: 'Backup: done' }).waitFor({ state: 'attached' })
  await seen(page, /Last good backup (\d+ \w+ ago|now)/)
})

test.skipIf(!hasChromium)('a backup is cancelled, and leaves nothing behind that would count', async () => {
  const { shop: store, open } = await visit({ days: 1, required: 2 })
  const before = (await store.backup.snapshots()).length
  const page = await open('?tab=activity')
  store.sell(50)
  store.cloud('hangs')
  await page.getByRole('button', { name: 'Back up now' }).click()
  await page.getByRole('button', { name: 'Cancel: Backup' }).click()
  await page.getByRole('list', { name: 'Under way' }).waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'cancelled' }).waitFor()
  await picture(page, 'backup-cancelled')
  expect(await store.backup.snapshots()).toHaveLength(before)
})

test.skipIf(!hasChromium)('a provider that fails is told of, and that it works again', async () => {
  const { shop: store, open } = await visit({ days: 2 })
  const page = await open('?tab=storage')
  store.cloud('fails')
  store.sell(5)
  await store.backup.run()
  await seen(page, 'Does not work')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'provider-away')
  store.cloud('works')
  await store.backup.sync()
  await store.backup.run()
  await page.getByText('Does not work').waitFor({ state: 'detached' })
  await picture(page, 'provider-back')
})

test.skipIf(!hasChromium)('who may only look is offered nothing else', async () => {
  const { open } = await visit({ days: 1, role: 'viewer' })
  const page = await open('?tab=backups')
  await page.locator('.backup-snapshot').first().waitFor()
  await page.getByRole('button', { name: /^Details/ }).first().click()
  expect(await page.getByRole('tab', { name: 'Look inside' }).count()).toBe(0)
  const offered = [/^Restore/, 'Back up now', 'Remove…', 'Hold…', 'Look inside', 'Clean up now…', 'Rehearse now', 'Run now', 'Pause', 'Disconnect…']
  for (const tab of ['Backups', 'Storage', 'Retention', 'Rehearsals', 'Settings']) {
    await page.getByRole('tab', { name: tab }).click()
    await page.waitForFunction(() => !document.querySelector('.backup-waiting'))
    for (const name of offered) expect({ tab, name, count: await page.getByRole('button', { name }).count() }).toEqual({ tab, name, count: 0 })
  }
  await picture(page, 'viewer')
})

test.skipIf(!hasChromium)('whom the application does not know is told so, and nothing else', async () => {
  const { open } = await visit({ days: 1, role: 'nobody' })
  const page = await open()
  await seen(page, 'It is not known how it stands')
  await seen(page, 'You are not signed in.')
  expect(await page.getByRole('tab').count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Back up now' }).count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await picture(page, 'unknown')
})
