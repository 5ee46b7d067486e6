import { expect, test } from 'vitest'
import { barriers, chrome, hasChromium, picture, seen } from './ui/chrome.ts'

// Somebody looks into a table as it was, and brings rows back: in Chromium, over the real handler and a real repository.

const { visit } = chrome()

test.skipIf(!hasChromium)('a row of last week is looked for, compared with today, brought back, and taken away again', async () => {
  const { shop: store, open } = await visit({ days: 10 })
  const totalOf = (id: number): unknown => store.database.prepare('SELECT total FROM invoice WHERE id = ?').get(id)?.['total']
  const before = [totalOf(42), totalOf(43)]
  store.database.exec('DELETE FROM invoice WHERE id = 42; UPDATE invoice SET total = 0 WHERE id = 43')
  await store.backup.run()
  const page = await open('?tab=explore')
  const moment = page.getByLabel('Backup of')
  await moment.waitFor()
  const lastWeek = await moment.locator('option', { hasText: '1 week ago' }).or(moment.locator('option', { hasText: 'last week' })).first().getAttribute('value')
  await moment.selectOption(lastWeek)
  await page.getByRole('searchbox', { name: 'Find id' }).fill('42')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByRole('checkbox', { name: 'Choose row 42', exact: true }).waitFor()
  expect(await page.getByRole('checkbox').first().getAttribute('aria-label')).toBe('Choose row 42')
  await picture(page, 'travel-rows')

  await page.getByLabel('Show what changed until').selectOption({ index: 1 })
  await seen(page, 'Removed')
  await page.getByRole('button', { name: /^invoice/ }).waitFor()
  await picture(page, 'travel-changes')
  expect(await barriers(page)).toEqual([])
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  await picture(page, 'phone-travel-changes')
  await page.setViewportSize({ width: 1200, height: 850 })
  for (const row of ['42', '43']) await page.getByRole('checkbox', { name: `Choose row ${row}`, exact: true }).check()
  await page.getByRole('button', { name: 'Bring back these 2 rows…' }).click()
  await seen(page, 'is gone, and comes back')
  expect(await barriers(page)).toEqual([])
  await picture(page, 'travel-plan')
  await page.getByRole('button', { name: 'Bring back 2 rows' }).click()
  await seen(page, 'Say why first.')
  await page.getByLabel('Why?').fill('They were deleted by mistake.')
  await page.getByRole('button', { name: 'Bring back 2 rows' }).click()
  await seen(page, '2 rows are back')
  await picture(page, 'travel-done')
  expect([totalOf(42), totalOf(43)]).toEqual(before)

  await page.getByRole('button', { name: 'Undo…' }).click()
  await seen(page, 'was not there before, and goes')
  await page.getByLabel('Why?').fill('They were to go after all.')
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await seen(page, 'It is as it was before')
  expect([totalOf(42), totalOf(43)]).toEqual([undefined, 0])
})
