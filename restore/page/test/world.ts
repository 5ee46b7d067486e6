import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createBackup, passphrase, several } from '@backup/core'
import { memorySource } from '@backup/core/testing'
import { files } from '@backup/files'
import { local } from '@backup/local'
import type { Browser, BrowserContext, Page } from 'playwright-core'

/** The page as it lies on a disk. */
export const pageFile: string = fileURLToPath(new URL('../../restore.html', import.meta.url))
export const goldenFolder: string = fileURLToPath(new URL('../../../packages/core/test/golden/v1', import.meta.url))
/** For people to look at; git does not keep them. */
const screenshots = fileURLToPath(new URL('../../.screenshots', import.meta.url))

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Everything that the page asked for, but for itself. */
  readonly requests: readonly string[]
  /** What went wrong in it unseen. */
  readonly errors: readonly string[]
}

/** Opens the page from the disk, without a network. Without `pickers` as in Firefox and Safari, which have no dialogs for folders. */
export async function openPage(browser: Browser, options: { readonly pickers?: boolean } = {}): Promise<OpenedPage> {
  const { pickers = false } = options
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, locale: 'en-GB', timezoneId: 'Europe/Berlin', acceptDownloads: true })
  await context.setOffline(true)
  if (!pickers) await context.addInitScript('delete window.showDirectoryPicker; delete window.showSaveFilePicker')
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  const requests: string[] = []
  const errors: string[] = []
  context.on('request', (request) => void requests.push(request.url()))
  page.on('pageerror', ({ message }) => void errors.push(message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  const address = pathToFileURL(pageFile).href
  await page.goto(address)
  return {
    page,
    context,
    get requests() {
      return requests.filter((url) => url !== address && !url.startsWith('blob:'))
    },
    errors,
    [Symbol.asyncDispose]: () => context.close(),
  }
}

export async function pickFolder(page: Page, folder: string): Promise<void> {
  await page.locator('#files').setInputFiles(folder)
}

export async function typeSecret(page: Page, secret: string): Promise<void> {
  await page.getByLabel('Passphrase, recovery code or key').fill(secret)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
}

/** Picks a snapshot by words in its line, and looks inside. */
export async function lookInside(page: Page, words?: string): Promise<void> {
  if (words !== undefined) await page.locator('#list label').filter({ hasText: words }).click()
  await page.getByRole('button', { name: 'Look inside' }).click()
  await page.locator('#items:not([hidden])').waitFor()
}

/** Presses a button for an item, and gives what the browser has downloaded then. */
export async function download(page: Page, button: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [found] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).click()])
  return { name: found.suggestedFilename(), bytes: readFileSync(await found.path()) }
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}

export interface Shop {
  readonly folder: string
  readonly tree: string
  readonly secret: string
  readonly database: Uint8Array
  clear(): void
}

/** A repository as a shop would have it: a database and a tree of files in one snapshot, twice. */
export async function makeShop(): Promise<Shop> {
  const base = mkdtempSync(join(tmpdir(), 'restore-page-'))
  const [folder, tree, secret] = [join(base, 'shop backup'), join(base, 'uploads'), 'open sesame']
  mkdirSync(join(tree, 'invoices/2031'), { recursive: true })
  mkdirSync(join(tree, 'empty'))
  writeFileSync(join(tree, 'invoices/2031/1.pdf'), Buffer.alloc(100_000, '%PDF 1'))
  writeFileSync(join(tree, 'invoices/2031/2.pdf'), Buffer.alloc(250_000, '%PDF 2 two'))
  writeFileSync(join(tree, 'grüße.txt'), 'hello\n')
  writeFileSync(join(tree, 'nothing'), '')
  symlinkSync('invoices/2031/2.pdf', join(tree, 'latest'))
  utimesSync(join(tree, 'grüße.txt'), 1_600_000_000, 1_600_000_000)
  const database = new Uint8Array(Buffer.from(Array.from({ length: 60_000 }, (_, row) => `${row}: ${(row * 2_654_435_761) % 2 ** 32}\n`).join('')))
  const source = memorySource({ 'store.db': database.subarray(0, 500_000) })
  const backup = createBackup({
    source: several({ database: source, uploads: files(tree) }),
    providers: [local(folder)],
    keys: passphrase(secret, { memoryKiB: 8192, passes: 1 }),
    state: join(base, 'state'),
  })
  await backup.init()
  await backup.run({ note: 'before the move' })
  source.streams.set('store.db', database)
  await backup.run({ note: 'after <b>the</b> move' })
  await backup.close()
  return { folder, tree, secret, database, clear: () => rmSync(base, { recursive: true, force: true }) }
}

/** Bytes of all files below a folder, by their paths. */
export function filesIn(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(entries.map(({ parentPath, name }) => [join(parentPath, name).slice(folder.length + 1), readFileSync(join(parentPath, name))]))
}
