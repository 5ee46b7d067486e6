import { join } from 'node:path'
import { buildScript, chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { providerSuite } from '@backup/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { toggles } from './toggles.ts'

// The suite runs inside of Chromium, in a window and in a worker. Here its tests only have their names.

const hasChromium = chromiumIsThere()
let chromium: OpenedChromium
let script: string
beforeAll(async () => {
  if (!hasChromium) return
  script = await buildScript(join(import.meta.dirname, 'page.ts'))
  chromium = await openChromium()
})
afterAll(() => chromium?.close())

const places = {
  'a window': ['opfs', 'directoryHandle without moves'],
  'a worker': ['opfs', 'directoryHandle', 'directoryHandle without moves'],
} as const

type Run = (kind: string, name: string) => Promise<void>

describe.skipIf(!hasChromium).each(Object.keys(places) as (keyof typeof places)[])('in %s', (where) => {
  let run: Run
  beforeAll(async () => {
    const { page } = await chromium.site({ script })
    if (where === 'a worker') await page.evaluate(startWorker, script)
    const inPage = where === 'a worker' ? 'runInWorker' : 'built.runTest'
    run = (kind, name) => page.evaluate(`${inPage}(${JSON.stringify(kind)}, ${JSON.stringify(name)})`)
  })

  describe.each(places[where])('%s keeps the contract', (kind) => {
    let theme = ''
    providerSuite(
      {
        describe: (name, body) => describe(name, () => ((theme = name), body())),
        test: Object.assign(
          (name: string) => {
            const wanted = `${theme}: ${name}`
            test(name, () => run(kind, wanted))
          },
          { skip: test.skip },
        ),
      },
      () => Promise.reject(new Error('The places are in the browser.')),
      toggles,
    )
  })
})

/** In the page: a worker with the same script, and a way to ask it for a test. */
function startWorker(text: string): void {
  const listen = `onmessage = ({ data: [kind, name] }) => built.runTest(kind, name).then(() => postMessage(''), (error) => postMessage(String(error?.stack ?? error)))`
  const worker = new Worker(URL.createObjectURL(new Blob([text, ';', listen], { type: 'text/javascript' })))
  const runInWorker = (...wanted: string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: { data: string }) => (data === '' ? resolve() : reject(new Error(data)))
      worker.postMessage(wanted)
    })
  Object.assign(globalThis, { runInWorker })
}
