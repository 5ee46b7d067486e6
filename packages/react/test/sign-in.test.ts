import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, chrome, hasChromium, picture, seen } from './ui/chrome.ts'

// Somebody else's sign-in page, in a window of its own.

const { visit } = chrome()

/** Presses a button, and has the window that opens. */
async function signingIn(page: Page, name: string): Promise<Page> {
  const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name }).click()])
  await window.locator('#allow').waitFor()
  return window
}

test.skipIf(!hasChromium)('an account is connected in a window, and disconnected with a reason', async () => {
  const { open } = await visit({ days: 1, isConnected: false })
  const page = await open('?tab=storage')
  await seen(page, 'Not connected')
  const window = await signingIn(page, 'Connect Google Drive')
  await seen(page, 'Sign in to Google Drive in the window that has opened.')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'connect')
  await window.locator('#allow').click()
  await seen(page, 'Google Drive is connected.')
  await page.getByRole('button', { name: 'OK' }).click()
  await picture(page, 'connected')
  await page.getByRole('button', { name: 'Disconnect…' }).click()
  await seen(page, 'The copies stay where they are.')
  await page.getByLabel('Why?').fill('Anna has left.')
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await seen(page, 'Not connected')
})

test.skipIf(!hasChromium)('an access that is taken back while the page is open is told of, and the account connected again', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  const page = await open('?tab=storage')
  await seen(page, 'Connected')
  store.vendor.revoke()
  await seen(page, 'The sign-in is not valid any more.')
  const technical = page.getByText('publish the consent screen')
  expect(await technical.isVisible()).toBe(false)
  await page.getByText('For whoever looks after this application').click()
  await technical.waitFor()
  expect(await barriers(page)).toEqual([])
  await picture(page, 'reconnect')
  const window = await signingIn(page, 'Sign in to Google Drive again')
  await window.locator('#allow').click()
  await seen(page, 'Google Drive is connected.')
  // What was good news is none any more.
  store.vendor.revoke()
  await seen(page, 'The sign-in is not valid any more.')
  expect(await page.getByText('Google Drive is connected.').count()).toBe(0)
})

test.skipIf(!hasChromium)('who refuses, and who closes the window, can try again', async () => {
  const { open } = await visit({ days: 1, isConnected: false })
  const page = await open('?tab=storage')
  const refused = await signingIn(page, 'Connect Google Drive')
  await refused.locator('#deny').click()
  await seen(page, 'The access was refused.')
  await picture(page, 'connect-refused')
  const gone = await signingIn(page, 'Connect Google Drive')
  await gone.close()
  await seen(page, 'That window looks closed.')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'connect-closed')
  const allowed = await signingIn(page, 'Try again')
  await allowed.locator('#allow').click()
  await seen(page, 'Google Drive is connected.')
})

test.skipIf(!hasChromium)('who comes back with what nobody asked for connects nothing, and the page goes on waiting', async () => {
  const { open } = await visit({ days: 1, isConnected: false })
  const page = await open('?tab=storage')
  const forged = await signingIn(page, 'Connect Google Drive')
  const [answer] = await Promise.all([forged.waitForResponse(/oauth\/callback/), forged.locator('#forged').click()])
  expect(answer.status()).toBe(400)
  await seen(page, 'Sign in to Google Drive in the window that has opened.')
  expect(await page.getByText('Not connected').count()).toBe(1)
  await page.getByRole('button', { name: 'Give up' }).click()
  const allowed = await signingIn(page, 'Connect Google Drive')
  await allowed.locator('#allow').click()
  await seen(page, 'Google Drive is connected.')
})
