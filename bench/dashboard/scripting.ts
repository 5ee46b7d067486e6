import type { Browser } from 'playwright-core'

/** What Chromium's main thread spent on a page, in milliseconds of CPU time. */
export interface Spent {
  /** In JavaScript, with compiling it. */
  readonly script: number
  /** In everything: scripts, styles, layout, painting. */
  readonly task: number
}

/** A page is taken for done when all that it asked for came, and so long nothing more. */
const quietMs = 1500

/**
 * Opens a page anew, with no cache, until it has all it asks for. Nobody looks into the page meanwhile: that would be counted as well.
 *
 * @throws when it does not show this text then
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Performance/
 */
export async function scripting(browser: Browser, url: string, text: string): Promise<Spent> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 850 } })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const metrics = async (): Promise<Spent> => {
    const { metrics: all } = await session.send('Performance.getMetrics')
    const of = (name: string): number => 1000 * all.find((one) => one.name === name)!.value
    return { script: of('ScriptDuration'), task: of('TaskDuration') }
  }
  const waiting = new Set<unknown>()
  let changedAt = Date.now()
  const change = (): number => (changedAt = Date.now())
  page.on('request', (request) => !request.url().endsWith('/events/stream') && waiting.add(request) && change())
  const ended = (request: unknown): unknown => waiting.delete(request) && change()
  page.on('requestfinished', ended)
  page.on('requestfailed', ended)
  await page.goto(url)
  while (waiting.size > 0 || Date.now() - changedAt < quietMs) await new Promise((done) => setTimeout(done, 100))
  const spent = await metrics()
  const shown = await page.locator('body').innerText()
  await context.close()
  if (!shown.includes(text)) throw new Error(`${url} does not show "${text}", but: ${shown}`)
  return spent
}
