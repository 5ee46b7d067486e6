import { setTimeout as wait } from 'node:timers/promises'
import type { Chromium } from './chromium.ts'
import type { Site } from './site.ts'

/** What Chromium's main thread spent on a page, in milliseconds of CPU time. */
export interface Spent {
  /** In JavaScript, with compiling it. */
  readonly script: number
  /** In everything: scripts, styles, layout, painting. */
  readonly task: number
}

/** A page is taken for done when all that it asked for was answered, and so long nothing more. */
const quietMs = 1500

/**
 * Opens a page anew, with no cache, until it has all it asks for. Nobody looks into the page meanwhile: that would be counted as well.
 *
 * @throws when it does not show this text then
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Performance/
 */
export async function scripting(chromium: Chromium, site: Site, address: string, text: string): Promise<Spent> {
  const tab = await chromium.open()
  await tab.send('Performance.enable', { timeDomain: 'threadTicks' })
  const url = site.url + address
  const askedBefore = site.asked
  await tab.send('Page.navigate', { url })
  while (site.asked === askedBefore || site.quietForMs < quietMs) await wait(100)
  const { metrics } = await tab.send<{ metrics: { name: string; value: number }[] }>('Performance.getMetrics')
  const of = (name: string): number => 1000 * metrics.find((one) => one.name === name)!.value
  const spent = { script: of('ScriptDuration'), task: of('TaskDuration') }
  const { result } = await tab.send<{ result: { value: string } }>('Runtime.evaluate', { expression: 'document.body.innerText' })
  await tab.close()
  if (!result.value.includes(text)) throw new Error(`${url} does not show "${text}", but: ${result.value}`)
  return spent
}
