import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BackupProvider } from '@backup/core'
import { type ProviderFixture, offersNothing, providerSuite } from '@backup/core/testing'
import { BaseDirectory } from '@tauri-apps/plugin-fs'
import { afterEach, describe, expect, test } from 'vitest'
import { tauriFolder } from '../src/index.ts'
import { type App, startApp } from './app.ts'

const key = 'packs/0a/0a01'
const body = new Uint8Array(1000).fill(7)

describe.each(['below a directory of the application', 'by its whole path'])('a folder %s keeps the contract', (where) => {
  providerSuite(
    { describe, test },
    () => fixture(where === 'by its whole path'),
    {
      listedObjects: 300,
      timeoutMs: 300_000,
      // Slices of 4 MiB: those of the webview, and those of the application, which is in the same process here.
      heldBytesPerPut: 24 * 1024 * 1024,
      without: {
        ...offersNothing('between an application and its disk there is no wire', ['litter', 'leftovers', 'chunkBytes', 'flipped']),
        full: 'below, with what the application says then',
        'full-at-last-chunk': 'below, with what the application says then',
        denied: 'below, with what the application says then',
      },
      off: { 'stores nothing of a body that is not what its hash says': 'the hash is for providers that send bytes over a wire; a disk is read again by verify' },
    },
  )
})

function fixture(whole: boolean): ProviderFixture {
  const app = startApp()
  const folder = whole ? join(app.root, 'shop') : app.directory(BaseDirectory.AppData, 'shop')
  const make = (): BackupProvider => (whole ? tauriFolder(folder) : tauriFolder('shop', { baseDir: BaseDirectory.AppData }))
  return {
    provider: make(),
    second: make,
    litter: async () => litter(folder),
    leftovers: async () => (existsSync(join(folder, '.tmp')) ? readdirSync(join(folder, '.tmp')).length : 0),
    chunkBytes: 4 * 1024 * 1024,
    faults: ['flipped'],
    inject: () => flip(folder),
    dispose: async () => app[Symbol.dispose](),
  }
}

describe('what the application says is told as what it is', () => {
  let app: App
  afterEach(() => app[Symbol.dispose]())
  const opened = async (): Promise<BackupProvider> => {
    app = startApp()
    const provider = tauriFolder('shop', { baseDir: BaseDirectory.AppData })
    await provider.open({ create: true })
    return provider
  }
  const files = (): string[] =>
    readdirSync(app.directory(BaseDirectory.AppData, 'shop'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name)

  test.each([
    ['quota', 'No space left on device (os error 28)', ''],
    ['auth', 'Permission denied (os error 13)', ''],
    ['auth', 'Read-only file system (os error 30)', ''],
    ['transient', 'Input/output error (os error 5)', ''],
    ['permanent', 'Something new (os error 999)', ''],
    ['auth', 'forbidden path: /x, maybe it is not allowed on the scope', 'capabilities'],
    ['auth', 'fs.write_file not allowed. Permissions associated with this command: fs:allow-write-file', 'capabilities'],
  ] as const)('%s: %s', async (kind, words, hint) => {
    const provider = await opened()
    app.fail('plugin:fs|write_file', words, 1)
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind, plugin: 'tauri', key, message: expect.stringContaining(words), hint: expect.stringContaining(hint) })
    expect(app.failures()).toBe(1)
    expect(files()).toEqual([])
    await provider.put(key, body)
    expect(await provider.get(key)).toEqual(body)
  })

  test.each([
    ['quota', 'Nicht genug Speicherplatz. (os error 112)'],
    ['busy', 'Die Datei wird von einem anderen Prozess verwendet. (os error 32)'],
    ['auth', 'Zugriff verweigert (os error 5)'],
  ] as const)('on Windows %s: %s', async (kind, words) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')!
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64)' }, configurable: true })
    try {
      const provider = await opened()
      app.fail('plugin:fs|write_file', words, 1)
      await expect(provider.put(key, body)).rejects.toMatchObject({ kind })
      expect(app.failures()).toBe(1)
    } finally {
      Object.defineProperty(globalThis, 'navigator', before)
    }
  })

  test('a disk that takes fewer bytes than it says is found out', async () => {
    const provider = await opened()
    app.keepFewer()
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining('999') })
    expect(files()).toEqual([])
  })

  test('a disk that is not mounted is missing, and is never made anew', async () => {
    app = startApp()
    const folder = join(app.root, 'stick/shop')
    await expect(tauriFolder(folder).open({ create: true })).rejects.toMatchObject({ kind: 'target-missing' })
    expect(existsSync(dirname(folder))).toBe(false)
    mkdirSync(dirname(folder))
    const provider = tauriFolder(folder)
    await provider.open({ create: true })
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'target-missing' })
    await expect(provider.stat(key)).rejects.toMatchObject({ kind: 'target-missing' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a folder that is a file', async () => {
    app = startApp()
    writeFileSync(join(app.root, 'file'), 'x')
    await expect(tauriFolder(join(app.root, 'file')).open({ create: true })).rejects.toMatchObject({ kind: 'config' })
  })

  test.each([
    [() => tauriFolder(''), 'folder'],
    [() => tauriFolder('a/../b'), 'folder'],
    [() => tauriFolder({ folder: 'a', baseDir: 'AppData' as never }), 'baseDir'],
  ])('an option that cannot be is refused: %#', (make, option) => {
    app = startApp()
    expect(make).toThrow(expect.objectContaining({ kind: 'config', key: option }) as Error)
  })
})

async function flip(folder: string): Promise<{ happened(): number }> {
  const found = readdirSync(join(folder, 'packs'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { parentPath, name } of found) {
    const bytes = readFileSync(join(parentPath, name))
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(join(parentPath, name), bytes)
  }
  return { happened: () => found.length }
}

function litter(folder: string): void {
  for (const path of ['packs/00/folder-like-an-object', 'photos', 'lost+found', '.Trashes/x/y', 'empty/class']) mkdirSync(join(folder, path), { recursive: true })
  for (const path of ['readme.txt', '.DS_Store', 'packs/desktop.ini', 'packs/00/Thumbs.db', 'packs/00/ours.PART', '.tmp/1234', `packs/00/${'n'.repeat(100)}`]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), 'not ours')
  }
  symlinkSync(join(folder, 'nowhere'), join(folder, 'packs/00/dangling'))
}
