import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { chromiumIsThere } from '@backup-internal/fakes/chromium'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import axe from 'axe-core'
import { type Shop, type ShopOptions, shop } from './shop.ts'
import { type Site, bundle, site } from './site.ts'

/** What somebody waits for on a machine that is busy with other things. */
const patienceMs = 120_000
const pictures = fileURLToPath(new URL('../../.screenshots/', import.meta.url))

/** Where there is none, what needs it is left out, and one test says so. */
export const hasChromium: boolean = chromiumIsThere()

export interface Visit extends Site {
  readonly shop: Shop
  open(address?: string, options?: BrowserContextOptions): Promise<Page>
}

/** A browser for a file of tests, and a shop with its page for each test that asks. */
export function chrome(): { visit(options?: ShopOptions): Promise<Visit>; visitAlso(shop: Shop): Promise<Visit> } {
  let browser: Browser
  let bundled: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    if (!hasChromium) return
    mkdirSync(pictures, { recursive: true })
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
    bundled = await bundle()
  })
  afterAll(() => browser?.close())
  const visitAlso = async (store: Shop): Promise<Visit> => {
    const place = await site(store, bundled)
    onTestFinished(place.close)
    return Object.assign(place, {
      shop: store,
      async open(address = '', options: BrowserContextOptions = {}) {
        const context = await browser.newContext({ viewport: { width: 1200, height: 850 }, reducedMotion: 'reduce', ...options })
        onTestFinished(() => context.close())
        context.setDefaultTimeout(patienceMs)
        const page = await context.newPage()
        const errors: unknown[] = []
        page.on('pageerror', (error) => errors.push(error))
        onTestFinished(() => expect(errors).toEqual([]))
        await page.goto(place.url + address)
        return page
      },
    })
  }
  return {
    visitAlso,
    async visit(options) {
      const store = await shop(options)
      onTestFinished(store.close)
      return visitAlso(store)
    },
  }
}

/** Waits until a text is there. */
export async function seen(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor({ timeout: patienceMs })
}

/** Waits until what has this name, or is this heading, has the focus. */
export async function focused(page: Page, name: string | RegExp): Promise<void> {
  const nameOf = (): Promise<string> =>
    page.evaluate(() => {
      const element = document.activeElement as (HTMLElement & { labels?: NodeListOf<HTMLElement> }) | null
      return (element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '').trim()
    })
  await expect.poll(nameOf, { timeout: patienceMs }).toEqual(typeof name === 'string' ? name : expect.stringMatching(name))
}

/** Kept as they were seen. */
export async function picture(page: Page, name: string): Promise<void> {
  // Rows beyond the edge of the screen are painted when somebody scrolls there.
  const style = '.backup-snapshot { content-visibility: visible !important }'
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: !(await page.locator('dialog[open]').count()), style })
}

/** What keeps people out who see, hear or move otherwise. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }))
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}
