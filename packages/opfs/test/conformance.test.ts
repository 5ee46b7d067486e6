import { join } from 'node:path'
import { buildScript, chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { providerSuite } from '@backup/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  'a window': ['opfs', 'folder on a disk'],
  'a worker': ['opfs', 'folder on a disk'],
} as const

/** The suite as it will run there: theme and name of each test. */
const names: string[] = []
let theme = ''
providerSuite(
  {
    describe(name, body) {
      theme = name
      body()
    },
    test: (name) => void names.push(`${theme}: ${name}`),
  },
  () => Promise.reject(new Error('The places are in the browser.')),
  toggles,
)

describe.skipIf(!hasChromium).each(Object.keys(places) as (keyof typeof places)[])('in %s', (where) => {
  let run: (kind: string, name: string) => Promise<void>
  beforeAll(async () => {
    const { page } = await chromium.site({ script })
    if (where === 'a worker') await page.evaluate(`built.startWorker(${JSON.stringify(script)})`)
    run = (kind, name) => page.evaluate(`built.runTest(${JSON.stringify(kind)}, ${JSON.stringify(name)})`)
  })

  describe.each(places[where])('%s keeps the contract', (kind) => {
    test.each(names)('%s', async (name) => {
      await expect(run(kind, name)).resolves.toBeUndefined()
    })
  })
})
