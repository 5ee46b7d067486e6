import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { createBackup, passphrase } from '@backup/core'
import { memorySource } from '@backup/core/testing'
import { local } from '@backup/local'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../build.ts'
import { download, filesIn, goldenFolder, lookInside, makeShop, openPage, pageFile, pickFolder, screenshot, type Shop, typeSecret } from './world.ts'

// Somebody opens restore.html from a disk, without a network, and gets data back.

const hasChromium = chromiumIsThere()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const scratch = mkdtempSync(join(tmpdir(), 'restore-page-test-'))
let chromium: OpenedChromium
let shop: Shop
beforeAll(async () => {
  if (!hasChromium) return
  chromium = await openChromium()
  shop = await makeShop()
})
afterAll(async () => {
  await chromium?.close()
  shop?.clear()
  rmSync(scratch, { recursive: true, force: true })
})

test('the page is made of what lies here (node restore/page/build.ts renews it), and is no larger than 200 kB', async () => {
  expect(readFileSync(pageFile, 'utf8') === (await generate())).toBe(true)
  expect(statSync(pageFile).size).toBeLessThan(200_000)
})

interface Golden {
  readonly secrets: Readonly<Record<string, string>>
  readonly snapshots: readonly { readonly id: string; readonly note: string; readonly streams: Readonly<Record<string, { size: number; sha256: string }>> }[]
}

describe.skipIf(!hasChromium)('offline, opened from a disk', () => {
  test.each([
    ['aes-passphrase', 'passphrase'],
    ['xchacha-raw-key', 'keyHex'],
    ['every-form', 'recoveryCode'],
  ])('the golden repository %s is restored to the byte, opened by its %s, and nothing is asked of any network', async (name, kind) => {
    const golden = JSON.parse(readFileSync(join(goldenFolder, name, 'expected.json'), 'utf8')) as Golden
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    await pickFolder(page, join(goldenFolder, name, 'repository'))
    await typeSecret(page, golden.secrets[kind]!)
    for (const [number, { id, streams }] of golden.snapshots.entries()) {
      if (number > 0) await page.locator('#snapshots').getByRole('button', { name: 'Change' }).click()
      await lookInside(page, id.slice(0, 12))
      for (const [stream, { size, sha256 }] of Object.entries(streams)) {
        const { name: file, bytes } = await download(page, `Save… ${stream}`)
        expect({ file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ file: stream, size, sha256 })
        await page.getByText(/^Saved: .* Every byte is what was backed up\.$/).waitFor()
      }
    }
    expect(opened.requests).toEqual([])
    expect(opened.errors).toEqual([])
  })

  test('a page that wanted to reach a network could not', async () => {
    await using opened = await openPage(chromium.browser)
    const refused = await opened.page.evaluate(`fetch('http://127.0.0.1:9/').then(() => 'went', (error) => String(error))`)
    expect(refused).toContain('Failed to fetch')
    expect(opened.errors.join()).toContain('Content Security Policy')
    const injected = await opened.page.evaluate(`(() => {
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.body.append(script)
      return window.injected === true
    })()`)
    expect(injected).toBe(false)
  })

  test('a tree of files comes as an archive that tar takes apart, as it was', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    await pickFolder(page, shop.folder)
    await typeSecret(page, shop.secret)
    await lookInside(page)
    expect(await page.locator('#contents').innerText()).toMatch(/uploads\s+4 files, 4 folders, 1 link, 350 kB/)
    const { name, bytes } = await download(page, 'Save as an archive (.tar)… uploads')
    expect(name).toBe('uploads.tar')
    const out = mkdtempSync(join(scratch, 'tar-'))
    writeFileSync(join(out, 'uploads.tar'), bytes)
    mkdirSync(join(out, 'tree'))
    execFileSync('tar', ['--extract', '--preserve-permissions', '--file', join(out, 'uploads.tar'), '--directory', join(out, 'tree')])
    expect(filesIn(join(out, 'tree'))).toEqual(filesIn(shop.tree))
    expect(readdirSync(join(out, 'tree', 'empty'))).toEqual([])
    expect(readlinkSync(join(out, 'tree', 'latest'))).toBe('invoices/2031/2.pdf')
    expect(statSync(join(out, 'tree', 'grüße.txt')).mtimeMs).toBe(1_600_000_000_000)
    expect(opened.requests).toEqual([])
  })

  test('words from the backup are never taken for HTML', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    await pickFolder(page, shop.folder)
    await typeSecret(page, shop.secret)
    await page.getByText('after <b>the</b> move').waitFor()
    expect(await page.locator('#list b').count()).toBe(0)
  })
})

describe.skipIf(!hasChromium)('in a browser that lets somebody pick folders', () => {
  test('everything is saved into a new folder, and nothing that is there is written over', async () => {
    await using site = await inSite()
    const { page } = site
    await page.getByRole('button', { name: 'Choose the folder…' }).click()
    await typeSecret(page, shop.secret)
    await lookInside(page)
    for (const expected of ['', ' 2']) {
      await page.getByRole('button', { name: 'Save everything into a folder…' }).click()
      await page.getByText(new RegExp(`^Saved in the folder "restored .*${expected}"`)).waitFor()
    }
    expect(await page.locator('#remark-list').innerText()).toContain('latest is a link to invoices/2031/2.pdf; the archive keeps links')
    const saved = new Map(Object.entries(await site.savedFiles()))
    const [first, second] = [...new Set([...saved.keys()].map((path) => path.split('/')[0]!))].filter((folder) => folder !== 'mine').sort()
    expect(second).toBe(`${first} 2`)
    for (const folder of [first, second]) {
      expect(Buffer.from(saved.get(`${folder}/database_store.db`)!, 'base64').equals(shop.database)).toBe(true)
      for (const [path, bytes] of filesIn(shop.tree)) expect([path, saved.get(`${folder}/uploads/${path}`)]).toEqual([path, bytes.toString('base64')])
    }
    expect(saved.get('mine')).toBe(Buffer.from('mine').toString('base64'))
    await screenshot(page, 'saved-everything')
  })

  test('one stream is written where somebody says, part by part, and a cancelled one leaves nothing', async () => {
    await using site = await inSite()
    const { page } = site
    await page.getByRole('button', { name: 'Choose the folder…' }).click()
    await typeSecret(page, shop.secret)
    await lookInside(page)
    await page.evaluate(`window.cancelAtOnce = true`)
    await page.getByRole('button', { name: 'Save… database/store.db' }).click()
    await page.getByText('Stopped.').waitFor()
    expect(Object.keys(await site.savedFiles())).toEqual(['mine'])
    await page.evaluate(`window.cancelAtOnce = false`)
    await page.getByRole('button', { name: 'Save… database/store.db' }).click()
    await page.getByText('Saved: database_store.db.').waitFor()
    expect(Buffer.from((await site.savedFiles())['database_store.db']!, 'base64').equals(shop.database)).toBe(true)
  })

  test('what is larger than memory should be comes in parts', async () => {
    const large = new Uint8Array(Buffer.from('0123456789abcdef'.repeat(5000) + '\n').length * 300)
    for (let at = 0, line = Buffer.from('0123456789abcdef'.repeat(5000) + '\n'); at < large.length; at += line.length) large.set(line, at)
    const folder = join(scratch, 'large backup')
    const backup = createBackup({ source: memorySource({ large }), providers: [local(folder)], keys: passphrase(shop.secret, { memoryKiB: 8192, passes: 1 }), state: join(scratch, 'state') })
    await backup.init()
    await backup.run()
    await backup.close()
    await using site = await inSite(folder)
    const { page } = site
    await page.getByRole('button', { name: 'Choose the folder…' }).click()
    await typeSecret(page, shop.secret)
    await lookInside(page)
    await page.getByRole('button', { name: 'Save… large' }).click()
    await page.getByText('Saved: large.').waitFor()
    const parts = await page.evaluate<number[]>('window.written')
    expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(large.length)
    expect(Math.max(...parts)).toBeLessThan(20 * 1024 * 1024)
    expect(await page.evaluate('window.savedHash()')).toBe(createHash('sha256').update(large).digest('hex'))
  })

  test('somebody who closes the dialog is where he was', async () => {
    await using opened = await openPage(chromium.browser, { pickers: true })
    await opened.page.evaluate(`showDirectoryPicker = () => Promise.reject(new DOMException('The user aborted a request.', 'AbortError'))`)
    await opened.page.getByRole('button', { name: 'Choose the folder…' }).click()
    await opened.page.locator('#work').waitFor({ state: 'hidden' })
    expect(await opened.page.locator('.told:not(:empty)').count()).toBe(0)
    await opened.page.getByRole('button', { name: 'Another way' }).waitFor()
  })
})

describe.skipIf(!hasChromium)('what is wrong is said where it is met, with what to do', () => {
  /** A copy of the shop's repository with something done to it. */
  const damaged = (change: (folder: string) => void): string => {
    const folder = mkdtempSync(join(scratch, 'damaged-'))
    cpSync(shop.folder, folder, { recursive: true })
    execFileSync('chmod', ['-R', 'u+w', folder])
    change(folder)
    return folder
  }
  const below = (folder: string, kind: string): string[] => [...filesIn(join(folder, kind)).keys()].map((path) => join(folder, kind, path))

  test('a folder that holds no backup', async () => {
    await using opened = await openPage(chromium.browser)
    await pickFolder(opened.page, shop.tree)
    expect(await told(opened.page, 'folder')).toContain('This folder holds no backup')
    await pickFolder(opened.page, shop.folder)
    await opened.page.getByLabel('Passphrase').waitFor()
  })

  test('a folder with several backups in it, and one above a single backup', async () => {
    const two = mkdtempSync(join(scratch, 'two-'))
    for (const name of ['first', 'second']) cpSync(shop.folder, join(two, name), { recursive: true })
    await using opened = await openPage(chromium.browser)
    await pickFolder(opened.page, two)
    expect(await told(opened.page, 'folder')).toMatch(/There are 2 backups in this folder.*first.*second/)
    rmSync(join(two, 'second'), { recursive: true })
    await pickFolder(opened.page, two)
    await opened.page.getByText('first: a backup begun on').waitFor()
  })

  test('a wrong secret, and a code with a typing mistake', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    await pickFolder(page, join(goldenFolder, 'xchacha-raw-key/repository'))
    await typeSecret(page, 'f'.repeat(64))
    expect(await told(page, 'secret')).toMatch(/The secret is wrong.*capital letters/)
    await typeSecret(page, 'yyvg6p-xgcm6h-dafk9f-t6k5gr-23cw6j-xxwfwx')
    expect(await told(page, 'secret')).toContain('has a typing mistake')
    await screenshot(page, 'wrong-secret')
  })

  test('keys that are not there', async () => {
    await using opened = await openPage(chromium.browser)
    await pickFolder(opened.page, damaged((folder) => rmSync(join(folder, 'slots'), { recursive: true })))
    await typeSecret(opened.page, shop.secret)
    expect(await told(opened.page, 'secret')).toContain('the folder "slots" is empty')
  })

  test('a pack that is missing: what needs it is said, what does not is restored', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    const missing = below(shop.folder, 'packs')
    let kept = 0
    for (const pack of missing) {
      await page.reload()
      await pickFolder(page, damaged((folder) => rmSync(join(folder, pack.slice(shop.folder.length + 1)))))
      await typeSecret(page, shop.secret)
      await lookInside(page)
      expect(await page.locator('#contents').innerText()).toContain('cannot be restored from here')
      expect(await page.locator('#remark-list').innerText()).toContain(pack.slice(shop.folder.length + 1))
      kept += await page.locator('#contents button').count()
    }
    expect(missing.length).toBeGreaterThan(1)
    expect(kept).toBeGreaterThan(0)
    await screenshot(page, 'missing-pack')
  })

  test('a flipped bit: the object is named, and no file is left', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    const [pack] = below(shop.folder, 'packs').sort((a, b) => statSync(b).size - statSync(a).size)
    const folder = damaged((copy) => {
      const file = join(copy, pack!.slice(shop.folder.length + 1))
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1]! ^= 1
      writeFileSync(file, bytes)
    })
    await pickFolder(page, folder)
    await typeSecret(page, shop.secret)
    await lookInside(page)
    const downloads: unknown[] = []
    page.on('download', (one) => downloads.push(one))
    await page.getByRole('button', { name: 'Save… database/store.db' }).click()
    expect(await told(page, 'items')).toMatch(/packs\/.*does not authenticate.*copy the file of the same name from another copy/s)
    expect(downloads).toEqual([])
    await screenshot(page, 'flipped-bit')
  })

  test('a commit that was cut short, beside one that is whole', async () => {
    await using opened = await openPage(chromium.browser)
    await pickFolder(opened.page, damaged((folder) => truncateSync(below(folder, 'commits')[0]!, 100)))
    await typeSecret(opened.page, shop.secret)
    await opened.page.locator('#remark-list li').first().waitFor()
    expect(await opened.page.locator('#remark-list').innerText()).toMatch(/commits\/.*SHA-256 in its name/)
    // What cannot be read is said before the list of what can.
    await opened.page.locator('#list label').first().waitFor()
    expect(await opened.page.locator('#list label').count()).toBe(1)
  })

  test('a copy that is not finished', async () => {
    await using opened = await openPage(chromium.browser)
    const folder = damaged((copy) => {
      for (const file of below(copy, 'format')) {
        copyFileSync(file, `${dirname(file)}/other.part`)
        rmSync(file)
      }
    })
    await pickFolder(opened.page, folder)
    expect(await told(opened.page, 'folder')).toContain('incomplete copy')
  })
})

describe.skipIf(!hasChromium)('for everybody', () => {
  test('every step can be read and used, on a desk in the light and on a phone in the dark', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    const fine = async (step: string): Promise<void> => {
      for (const [device, width, colorScheme] of [['desk', 1000, 'light'], ['phone', 360, 'dark']] as const) {
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme })
        await screenshot(page, `${step}-${device}-${colorScheme}`)
        expect({ step, violations: await violations(page) }).toEqual({ step, violations: [] })
        expect([step, await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([step, true])
      }
    }
    await fine('1-folder')
    await pickFolder(page, shop.folder)
    await page.getByLabel('Passphrase').waitFor()
    await fine('2-secret')
    await typeSecret(page, 'wrong')
    await told(page, 'secret')
    await fine('2-wrong')
    await typeSecret(page, shop.secret)
    await page.locator('#list label').first().waitFor()
    await fine('3-snapshots')
    await lookInside(page)
    await fine('4-save')
    await download(page, 'Save… database/store.db')
    await page.getByText('Saved:').waitFor()
    await fine('5-saved')
  })

  test('a keyboard is enough', async () => {
    await using opened = await openPage(chromium.browser)
    const { page } = opened
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press('Tab')
        const focused = await page.evaluate(`document.activeElement.getAttribute('aria-label') ?? (document.activeElement.textContent || document.activeElement.id)`)
        if (focused === name) return
      }
      expect.unreachable(`"${name}" is not reached`)
    }
    // From the beginning, so that the browser knows who answers long before it asks.
    const asked = page.waitForEvent('filechooser')
    await tabTo('Choose the folder…')
    await page.keyboard.press('Enter')
    await (await asked).setFiles(shop.folder)
    await page.getByLabel('Passphrase').waitFor()
    await page.keyboard.type(shop.secret)
    await page.keyboard.press('Enter')
    await page.locator('#list label').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('#list label').filter({ has: page.locator(':checked') }).innerText()).toContain('before the move')
    await page.keyboard.press('Enter')
    await page.locator('#items:not([hidden])').waitFor()
    await tabTo('Save… database/store.db')
    const [found] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(readFileSync(await found.path()).equals(shop.database.subarray(0, 500_000))).toBe(true)
  })
})

async function told(page: Page, step: string): Promise<string> {
  const place = page.locator(`#${step} .told:not(:empty)`)
  await place.waitFor()
  return place.innerText()
}

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe)
  return page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html + failureSummary)]))`)
}

interface Site extends AsyncDisposable {
  readonly page: Page
  /** What was saved, in base64 by path. */
  savedFiles(): Promise<Record<string, string>>
}

/**
 * The same page with an origin, so that the browser has folders of its own: a dialog, which nobody could answer here, gives one of
 * them. They are what a dialog gives.
 */
async function inSite(folder = shop.folder): Promise<Site> {
  const { page, context } = await chromium.site({ html: readFileSync(pageFile, 'utf8') })
  const carried = [...filesIn(folder)].map(([path, bytes]) => [path, bytes.toString('base64')])
  await page.evaluate(`(async () => {
    const root = await navigator.storage.getDirectory()
    const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    const save = async (folder, path, bytes) => {
      const names = path.split('/')
      const last = names.pop()
      for (const name of names) folder = await folder.getDirectoryHandle(name, { create: true })
      const stream = await (await folder.getFileHandle(last, { create: true })).createWritable()
      await stream.write(bytes)
      await stream.close()
    }
    const backup = await root.getDirectoryHandle('shop backup', { create: true })
    for (const [path, text] of ${JSON.stringify(carried)}) await save(backup, path, bytesOf(text))
    const saved = await root.getDirectoryHandle('saved', { create: true })
    await save(saved, 'mine', new TextEncoder().encode('mine'))
    window.showDirectoryPicker = async ({ mode }) => (mode === 'read' ? backup : saved)
    window.showSaveFilePicker = async ({ suggestedName }) => {
      const handle = await saved.getFileHandle(suggestedName, { create: true })
      window.written = []
      window.savedHash = async () => {
        const digest = await crypto.subtle.digest('SHA-256', await (await handle.getFile()).arrayBuffer())
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
      }
      if (!window.cancelAtOnce) return { name: suggestedName, createWritable: async () => {
        const stream = await handle.createWritable()
        return { write: (bytes) => (window.written.push(bytes.length), stream.write(bytes)), close: () => stream.close(), abort: () => stream.abort() }
      } }
      return { name: suggestedName, createWritable: async () => {
        const stream = await handle.createWritable()
        return { write: (bytes) => (document.getElementById('cancel').click(), stream.write(bytes)), close: () => stream.close(), abort: async () => { await stream.abort(); await saved.removeEntry(suggestedName) } }
      } }
    }
  })()`)
  return {
    page,
    savedFiles: () => page.evaluate(`(async () => {
      const found = {}
      const walk = async (folder, above) => {
        for await (const [name, handle] of folder.entries()) {
          if (handle.kind === 'directory') await walk(handle, above + name + '/')
          else {
            const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer())
            let text = ''
            for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
            found[above + name] = btoa(text)
          }
        }
      }
      await walk(await (await navigator.storage.getDirectory()).getDirectoryHandle('saved'), '')
      return found
    })()`),
    [Symbol.asyncDispose]: () => context.close(),
  }
}
