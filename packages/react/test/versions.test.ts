import './dom.ts'
import { mkdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { host } from './host.ts'
import type * as Page from './versions-page.tsx'

const here = fileURLToPath(new URL('.', import.meta.url))
// What a page does: everything in its own time.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false })

const versions = [
  { major: '18', alias: { react: 'react-18', 'react-dom': 'react-dom-18' } },
  { major: '19', alias: {} },
]

describe.each(versions)('with React $major', ({ major, alias }) => {
  let page: typeof Page
  beforeAll(async () => {
    const outfile = `${here}../node_modules/.versions/${major}.mjs`
    mkdirSync(`${here}../node_modules/.versions`, { recursive: true })
    const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(import.meta.url)})` }
    await build({ entryPoints: [`${here}versions-page.tsx`], absWorkingDir: here, bundle: true, format: 'esm', platform: 'node', jsx: 'automatic', outfile, alias, banner })
    page = await import(pathToFileURL(outfile).href)
  })
  const until = (check: () => unknown): Promise<unknown> => vi.waitUntil(check, { timeout: 60_000, interval: 10 })
  const element = (): HTMLElement => document.body.appendChild(document.createElement('div'))

  test('it is the version that it should be', () => {
    expect(page.version.split('.')[0]).toBe(major)
  })

  test('the dashboard shows how it stands', async () => {
    const { backup, client } = await host()
    await backup.run()
    const container = element()
    onTestFinished(page.inPage(container, client))
    await until(() => container.textContent?.includes('Last good backup'))
    await until(() => container.textContent?.includes('You would lose'))
  })

  test('a server renders it without asking anybody, and the page goes on from there without a complaint', async () => {
    const { backup, client, requests } = await host()
    await backup.run()
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => complaints.mockRestore())
    const container = element()
    container.innerHTML = page.onServer(client)
    expect(container.textContent).toContain('Looking at your backups')
    expect(requests).toEqual([])
    const errors: unknown[] = []
    onTestFinished(page.overServer(container, client, (error) => errors.push(error)))
    await until(() => container.textContent?.includes('Last good backup'))
    expect(errors).toEqual([])
    expect(complaints).not.toHaveBeenCalled()
  })
})
