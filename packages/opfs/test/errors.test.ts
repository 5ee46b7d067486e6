import { type BackupProvider, BackupError } from '@backup/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { directoryHandle, opfs } from '../src/index.ts'
import { type FakeFolder, fakeFolder } from './fake-folder.ts'

// What a real browser does only when its disk is full or its user says no; the browser is one that is made up.

afterEach(() => void vi.unstubAllGlobals())

const body = new Uint8Array(1000).fill(7)

async function opened(): Promise<{ folder: FakeFolder; provider: BackupProvider }> {
  const folder = fakeFolder('backups')
  const provider = directoryHandle(folder.handle)
  await provider.open({ create: true })
  return { folder, provider }
}

describe('what a browser refuses is told as what it is', () => {
  test.each([
    ['QuotaExceededError', 'quota', 'no more room'],
    ['NotAllowedError', 'auth', 'has not allowed'],
    ['NoModificationAllowedError', 'busy', 'another tab'],
    ['NotReadableError', 'transient', 'cannot be read'],
    ['InvalidStateError', 'target-missing', 'has changed'],
    ['UnheardOfError', 'permanent', 'UnheardOfError'],
  ] as const)('%s is %s, and nothing is left behind', async (name, kind, words) => {
    const { folder, provider } = await opened()
    folder.failWrites(name)
    const put = provider.put('packs/0a/0a01', body)
    await expect(put).rejects.toMatchObject({ kind, plugin: 'folder', key: 'packs/0a/0a01', message: expect.stringContaining(words) })
    expect(folder.failed()).toBe(1)
    expect(folder.paths().filter((path) => !path.startsWith('.backup'))).toEqual([])
    folder.failWrites(undefined)
    await provider.put('packs/0a/0a01', body)
    expect(await provider.get('packs/0a/0a01')).toEqual(body)
  })

  test('a full browser that takes the last bytes for good and keeps fewer is found out', async () => {
    const { folder, provider } = await opened()
    folder.keepFewer()
    await expect(provider.put('packs/0a/0a01', body)).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining('999 bytes') })
    expect(folder.failed()).toBe(1)
    expect(folder.paths().filter((path) => !path.startsWith('.backup'))).toEqual([])
  })

  test.each([
    ['read', {}],
    ['readwrite', { create: true }],
  ] as const)('a user who has not allowed %s is to be asked', async (mode, options) => {
    const folder = fakeFolder('backups', { allowed: mode === 'read' ? [] : ['read'] })
    const error = await directoryHandle(folder.handle).open(options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: 'auth', hint: expect.stringContaining(`mode: '${mode}'`) })
  })

  test('with the right to read alone, everything can be read', async () => {
    const { folder, provider } = await opened()
    await provider.put('packs/0a/0a01', body)
    const reader = directoryHandle(folder.as(['read']))
    await reader.open({})
    expect(await reader.get('packs/0a/0a01')).toEqual(body)
    await expect(reader.put('packs/0a/0a02', body)).rejects.toMatchObject({ kind: 'auth' })
  })
})

test('a folder whose contents were cleared is missing, not empty', async () => {
  const { folder, provider } = await opened()
  await provider.put('packs/0a/0a01', body)
  folder.clear()
  const list = async (): Promise<void> => {
    for await (const _ of provider.list('')) break
  }
  for (const call of [() => provider.get('packs/0a/0a01'), () => provider.stat('packs/0a/0a01'), () => provider.put('packs/0a/0a02', body), list]) {
    await expect(call()).rejects.toMatchObject({ kind: 'target-missing' })
  }
  expect(folder.paths()).toEqual([])
})

test('a file that stayed empty when the browser was closed is no object, and is stored again', async () => {
  const { folder, provider } = await opened()
  folder.dieAfterNaming('packs/0a/0a01')
  await expect(provider.put('packs/0a/0a01', body)).rejects.toThrow('Cannot store')
  folder.revive()
  expect(folder.paths()).toContain('packs/0a/0a01')
  const next = directoryHandle(folder.handle)
  await next.open({})
  expect(await next.stat('packs/0a/0a01')).toBeUndefined()
  for await (const { key } of next.list('')) expect.unreachable(key)
  await next.put('packs/0a/0a01', body)
  expect(await next.get('packs/0a/0a01')).toEqual(body)
})

describe('the private file system', () => {
  const browserWith = (storage: object): void => void vi.stubGlobal('navigator', { storage })

  test('is refused where there is none', async () => {
    browserWith({})
    await expect(opfs('shop').open({})).rejects.toMatchObject({ kind: 'unsupported', plugin: 'opfs' })
  })

  test('that a page without an origin may not have is told so', async () => {
    browserWith({ getDirectory: () => Promise.reject(Object.assign(new Error('no'), { name: 'SecurityError' })) })
    await expect(opfs('shop').open({})).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('SecurityError') })
  })

  test.each([
    ['ask', true],
    ['require', false],
    [false, true],
  ] as const)('with persist: %o it asks for a promise, and without one opening works: %o', async (persist, works) => {
    const persisting = vi.fn<() => Promise<boolean>>(async () => false)
    const root = fakeFolder('')
    browserWith({ getDirectory: async () => root.handle, persisted: async () => false, persist: persisting, estimate: async () => ({ usage: 10, quota: 30 }) })
    const provider = opfs('shop/backups', { persist })
    const error = await provider.open({ create: true }).catch((reason: unknown) => reason)
    expect(BackupError.is(error, 'auth')).toBe(!works)
    expect(persisting).toHaveBeenCalledTimes(persist === false ? 0 : 1)
    if (!works) return
    await provider.put('packs/0a/0a01', body)
    expect(root.paths()).toContain('shop/backups/packs/0a/0a01')
    expect(await provider.usage?.()).toEqual({ usedBytes: 10, freeBytes: 20, totalBytes: 30 })
  })

  test.each([
    [() => opfs(''), 'folder'],
    [() => opfs('a/../b'), 'folder'],
    [() => opfs({ folder: 'a', persist: 'yes' as never }), 'persist'],
    [() => directoryHandle({ kind: 'file' } as never), 'handle'],
  ])('an option that cannot be is refused: %#', (make, key) => {
    expect(make).toThrow(expect.objectContaining({ kind: 'config', key }) as Error)
  })
})
