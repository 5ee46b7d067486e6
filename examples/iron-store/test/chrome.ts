import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { openChromium, type OpenedChromium } from '@backup-internal/fakes/chromium'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { buildUi } from '../ui/build.ts'

/** What somebody waits for on a machine that is busy with other things. */
export const patienceMs = 120_000
const pictures = join(import.meta.dirname, '../../../.screenshots/iron-store')

/** Where the page of the tests is built. */
export const builtUi: string = join(import.meta.dirname, '../node_modules/.ui')

/** A browser for a file of tests. */
export function chrome(): { open(url: string, options?: BrowserContextOptions): Promise<Page> } {
  let chromium: OpenedChromium
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    await buildUi(builtUi)
    chromium = await openChromium()
    return () => chromium.close()
  })
  afterAll(() => chromium?.close())
  return {
    async open(url, options = {}) {
      const context = await chromium.browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', locale: 'en-GB', ...options })
      onTestFinished(() => context.close())
      context.setDefaultTimeout(patienceMs)
      const page = await context.newPage()
      const errors: unknown[] = []
      page.on('pageerror', (error) => errors.push(error))
      page.on('console', (message) => message.text().includes('Content Security Policy') && errors.push(message.text()))
      onTestFinished(() => expect(errors).toEqual([]))
      await page.goto(url)
      return page
    },
  }
}

/** Kept as it was seen. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: (await page.locator('dialog[open]').count()) === 0 })
}

/** What keeps people out who see, hear or move otherwise. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as Violations
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

interface Violations {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}
