import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, chrome, patienceMs, picture, place } from './chrome.ts'

// What the owner of a shop does, in Chromium, with the whole program.

const { open } = chrome()
const seen = async (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor({ timeout: patienceMs })

test('the first start: two answers, the recovery code, and the data is safe', async () => {
  const machine = place({ days: 60 })
  const store = await machine.start()
  const page = await open(store.url)
  await seen(page, 'Welcome to Iron Store')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'welcome')
  await page.getByLabel('What is your shop called?').fill('Iron & Sons')
  await page.getByLabel('Where do backups go?').fill(join(machine.disk, 'backups'))
  await page.getByRole('button', { name: 'Go on' }).click()
  await seen(page, 'Set up your backups')
  await seen(page, 'Your backups are not set up yet')
  await picture(page, 'setup')
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  await page.locator('.backup-code').waitFor()
  await picture(page, 'recovery-code')
  await page.getByLabel('I have it on paper').check()
  await page.getByRole('button', { name: 'Done' }).click()
  // One place is better than none, and is not called safe.
  await seen(page, /^Your data is backed up, last backup just now/)
  await picture(page, 'safe')
  expect(page.url()).not.toContain('token')
})
