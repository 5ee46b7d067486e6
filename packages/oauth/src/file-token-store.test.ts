import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileTokenStore } from './file-token-store.ts'
import type { Tokens } from './tokens.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-tokens-'))
  path = join(folder, 'deep', 'google.tokens')
})
afterEach(() => rm(folder, { recursive: true }))

const key = randomBytes(32)
const tokens: Tokens = {
  accessToken: 'SECRET-access',
  refreshToken: 'SECRET-refresh',
  expiresAt: 2,
  issuedAt: 1,
  scopes: ['files'],
}

test('there are no tokens before the first sign-in', async () => {
  expect(await fileTokenStore(path, { key }).read()).toBeUndefined()
})

test('gives back what was written, to another process too, and shows nothing of it', async () => {
  await fileTokenStore(path, { key }).write(tokens)
  await fileTokenStore(path, { key }).write(tokens)
  expect(await fileTokenStore(path, { key }).read()).toEqual(tokens)
  expect(await readdir(join(folder, 'deep'))).toEqual(['google.tokens'])
  expect(String(await readFile(path))).not.toMatch(/SECRET|refresh|access/)
})

test.skipIf(process.platform === 'win32')(
  'is for this account alone, whatever was there before',
  async () => {
    const store = fileTokenStore(path, { key })
    await store.write(tokens)
    await chmod(path, 0o644)
    await store.write(tokens)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'deep'))).mode & 0o077).toBe(0)
  },
)

test('a passphrase opens what it has sealed, and no other one does', async () => {
  await fileTokenStore(path, { key: 'correct horse' }).write(tokens)
  expect(await fileTokenStore(path, { key: 'correct horse' }).read()).toEqual(tokens)
  const wrong = { kind: 'key', key: path, hint: expect.stringContaining('sign in again') }
  await expect(fileTokenStore(path, { key: 'battery staple' }).read()).rejects.toMatchObject(wrong)
  await expect(fileTokenStore(path, { key }).read()).rejects.toMatchObject(wrong)
})

test('a wrong key is told from damage', async () => {
  await fileTokenStore(path, { key }).write(tokens)
  const wrong = fileTokenStore(path, { key: randomBytes(32) }).read()
  await expect(wrong).rejects.toMatchObject({ kind: 'key', plugin: 'oauth' })
})

test('every flipped byte and every missing end is damage', async () => {
  const store = fileTokenStore(path, { key })
  await store.write(tokens)
  const good = await readFile(path)
  const damaged = { kind: 'corrupt', key: path, hint: expect.stringContaining('sign in again') }
  for (let at = 0; at < good.length; at += 1) {
    const bad = Uint8Array.from(good)
    bad[at] = (bad[at] ?? 0) ^ 1
    await writeFile(path, bad)
    await expect(store.read()).rejects.toMatchObject(damaged)
    await writeFile(path, good.subarray(0, at))
    await expect(store.read()).rejects.toMatchObject(damaged)
  }
})

test('somebody who corrects the checksum after a change is found out by the cipher', async () => {
  const store = fileTokenStore(path, { key })
  await store.write(tokens)
  const bytes = await readFile(path)
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1
  resum(bytes)
  await writeFile(path, bytes)
  await expect(store.read()).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('changed'),
  })
})

test.each([
  ['a newer version', 12, 2, 'unsupported'],
  ['a cost that would take all memory', 14, 31, 'corrupt'],
] as const)('%s is refused before any work', async (_, at, value, kind) => {
  await fileTokenStore(path, { key: 'correct horse' }).write(tokens)
  const bytes = await readFile(path)
  bytes[at] = value
  resum(bytes)
  await writeFile(path, bytes)
  await expect(fileTokenStore(path, { key: 'correct horse' }).read()).rejects.toMatchObject({ kind })
})

test('what a killed process left behind is removed a day later', async () => {
  const store = fileTokenStore(path, { key })
  await store.write(tokens)
  const [old, young] = [`${path}.1-aa.tmp`, `${path}.2-bb.tmp`]
  await writeFile(old, '')
  await writeFile(young, '')
  const yesterday = Date.now() / 1000 - 90_000
  await utimes(old, yesterday, yesterday)
  await store.write(tokens)
  expect((await readdir(join(folder, 'deep'))).sort()).toEqual(['google.tokens', 'google.tokens.2-bb.tmp'])
})

test('a folder in place of the file, or the other way round, is a matter of configuration', async () => {
  await expect(fileTokenStore(folder, { key }).read()).rejects.toMatchObject({ kind: 'config' })
  await writeFile(join(folder, 'file'), '')
  const inFile = fileTokenStore(join(folder, 'file', 'tokens'), { key })
  await expect(inFile.read()).rejects.toMatchObject({ kind: 'config' })
})

test.each([[''], [new Uint8Array(16)], [undefined]])('the key %j is refused at once', (bad) => {
  const make = (): unknown => fileTokenStore(path, { key: bad as string })
  expect(make).toThrow(expect.objectContaining({ kind: 'config', key: 'key' }))
})

function resum(bytes: Uint8Array): void {
  const end = bytes.length - 8
  bytes.set(createHash('sha256').update(bytes.subarray(0, end)).digest().subarray(0, 8), end)
}
