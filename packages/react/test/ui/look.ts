// Takes pictures of everything: `node test/ui/look.ts FOLDER`.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { shop } from './shop.ts'
import { bundle, site } from './site.ts'

const folder = process.argv[2] ?? 'pictures'
mkdirSync(folder, { recursive: true })
const store = await shop({ days: 45, gap: [12, 13] })
const place = await site(store, await bundle())
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const looks = [
  ['light', { width: 1280, height: 900 }, 'light'],
  ['dark', { width: 1280, height: 900 }, 'dark'],
  ['phone', { width: 390, height: 844 }, 'light'],
] as const
for (const [name, viewport, colorScheme] of looks) {
  const page = await browser.newPage({ viewport, colorScheme })
  page.on('pageerror', (error) => console.log('ERROR', error))
  page.on('console', (message) => message.type() === 'error' && console.log(message.text()))
  for (const tab of ['overview', 'backups', 'storage', 'retention', 'drills', 'activity', 'settings']) {
    await page.goto(`${place.url}?tab=${tab}`)
    await page.waitForTimeout(2500)
    await page.screenshot({ path: join(folder, `${name}-${tab}.png`), fullPage: true })
  }
  await page.goto(`${place.url}?tab=backups`)
  await page.getByRole('button', { name: 'Restore…' }).first().click()
  await page.waitForTimeout(1500)
  await page.screenshot({ path: join(folder, `${name}-restore.png`) })
  await page.close()
}
await browser.close()
await place.close()
await store.close()
