import { expect, test } from 'vitest'
import { barriers, chrome, hasChromium, picture, seen } from './ui/chrome.ts'

// The schedule in the settings: who may do what with it, and why they did.

const { visit } = chrome()

test.skipIf(!hasChromium)('an operator is offered the jobs that remove nothing', async () => {
  const { open } = await visit({ days: 1, role: 'operator' })
  const page = await open('?tab=settings')
  await seen(page, 'Rehearsal')
  await page.getByRole('button', { name: 'Run now', exact: true }).first().waitFor()
  expect(await page.getByRole('button', { name: 'Run now', exact: true }).count()).toBe(2)
  expect(await page.getByRole('button', { name: 'Run now…' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: /^Pause/ }).count()).toBe(0)
})

test.skipIf(!hasChromium)('whoever runs a job that may remove something says why first', async () => {
  const { shop: store, open } = await visit({ days: 1 })
  const done = new Promise<void>((resolve) => void store.backup.subscribe(({ type, operation }) => type === 'run-end' && operation === 'collect' && resolve()))
  const page = await open('?tab=settings')
  await page.getByRole('button', { name: 'Run now…' }).click()
  const dialog = page.getByRole('dialog')
  await seen(page, 'may remove what is not to be kept')
  await dialog.getByRole('button', { name: 'Run now' }).click()
  await seen(page, 'Say why first.')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'run-now')
  await page.getByLabel('Why?').fill('The disk is full.')
  await dialog.getByRole('button', { name: 'Run now' }).click()
  await page.getByLabel('Why?').waitFor({ state: 'detached' })
  await done
})

test.skipIf(!hasChromium)('whoever pauses the schedule says why, which the audit trail shows', async () => {
  const { open } = await visit({ days: 1 })
  const page = await open('?tab=settings')
  await page.getByRole('button', { name: 'Pause…' }).first().click()
  await page.getByLabel('Why?').fill('The disk is being replaced.')
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
  await seen(page, /^paused/)
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('tab', { name: 'Activity' }).click()
  await seen(page, 'paused the schedule')
  await seen(page, 'The disk is being replaced.')
  await seen(page, 'resumed the schedule')
})
