import { expect, test } from 'vitest'
import { type BackupError, createBackup, type KeyProvider, passphrase, rawKey, recoveryCode } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { memoryProvider, memorySource, type MemoryProvider } from '../src/testing/index.ts'
import { freshState } from './fixtures.ts'

/** As cheap as the standard allows: what is tested is who gets in, not how long guessing takes. */
const cheap = { memoryKiB: 256, passes: 1, lanes: 1 }
const secret = (words: string): KeyProvider => passphrase(words, cheap)

test('the passphrase opens the repository, another one does not', async () => {
  const { provider } = await made(secret('correct horse'))
  await expect(opened(provider, secret('correct horse'))).resolves.toBe(1)
  const refused = await opened(provider, secret('Correct horse')).catch((error: unknown) => error)
  expect(refused).toMatchObject({ kind: 'key' })
  expect((refused as BackupError).message).toContain('passphrase')
  expect((refused as BackupError).message).not.toContain('horse')
})

test('a passphrase means the same however its characters were composed', async () => {
  const { provider } = await made(secret('Zürich ﬁne'))
  await expect(opened(provider, secret('Zu\u0308rich fine'))).resolves.toBe(1)
})

test('the recovery code opens the repository, however it is typed', async () => {
  const { provider, code } = await made(secret('forgotten'))
  await expect(opened(provider, recoveryCode(code))).resolves.toBe(1)
  await expect(opened(provider, recoveryCode(code.toUpperCase().replaceAll('-', ' ')))).resolves.toBe(1)
})

test('a mistyped recovery code is noticed before anything is tried', () => {
  expect(() => recoveryCode('abc')).toThrowError(expect.objectContaining({ kind: 'config' }) as Error)
})

test('a key of another kind is told what the repository can be opened with', async () => {
  const { provider } = await made(secret('words'))
  await expect(opened(provider, rawKey(new Uint8Array(32)))).rejects.toMatchObject({
    kind: 'key',
    message: expect.stringMatching(/passphrase|recovery/) as string,
  })
})

test('after a change of passphrase only the new one opens, and the recovery code still does', async () => {
  const { provider, backup, code } = await made(secret('old'))
  await backup.keys.replace(secret('old'), secret('new'))
  await expect(opened(provider, secret('old'))).rejects.toMatchObject({ kind: 'key' })
  await expect(opened(provider, secret('new'))).resolves.toBe(1)
  await expect(opened(provider, recoveryCode(code))).resolves.toBe(1)
})

test('a change that starts from a wrong passphrase changes nothing', async () => {
  const { provider, backup } = await made(secret('old'))
  await expect(backup.keys.replace(secret('wrong'), secret('new'))).rejects.toMatchObject({ kind: 'key' })
  await expect(opened(provider, secret('old'))).resolves.toBe(1)
  await expect(opened(provider, secret('new'))).rejects.toMatchObject({ kind: 'key' })
})

test('a second secret opens the same repository', async () => {
  const { provider, backup } = await made(secret('first'))
  await backup.keys.add(rawKey(new Uint8Array(32).fill(9)))
  await expect(opened(provider, rawKey(new Uint8Array(32).fill(9)))).resolves.toBe(1)
  await expect(opened(provider, secret('first'))).resolves.toBe(1)
})

test('after a rotation old snapshots and new ones are readable, and units are still shared', async () => {
  const { provider, backup, source, code } = await made(secret('before'))
  const { recoveryCode: nextCode } = await backup.keys.rotate([secret('after')])
  const second = await backup.run()
  expect(second.freshBytes).toBe(0)
  source.streams.set('main', new Uint8Array(5000).fill(2))
  await backup.run()
  await backup.restore('latest')
  expect(source.places.get('live')!.get('main')).toEqual(new Uint8Array(5000).fill(2))

  await expect(opened(provider, secret('after'))).resolves.toBe(3)
  await expect(opened(provider, recoveryCode(nextCode))).resolves.toBe(3)
  await expect(opened(provider, secret('before'))).rejects.toMatchObject({ kind: 'key' })
  await expect(opened(provider, recoveryCode(code))).rejects.toMatchObject({ kind: 'key' })
})

test('when a rotation was cut short, the newest keys are used', async () => {
  const { provider, backup } = await made(secret('words'))
  const slots = [...provider.objects].filter(([name]) => name.startsWith('slots/'))
  await backup.keys.rotate([secret('words')])
  await backup.run()
  for (const [name, bytes] of slots) provider.objects.set(name, bytes)
  await expect(opened(provider, secret('words'))).resolves.toBe(2)
})

test('one damaged slot does not lock the others out', async () => {
  const { provider, code } = await made(secret('words'))
  const passphraseSlot = [...provider.objects].find(([, bytes]) => new TextDecoder().decode(bytes).includes('argon2id'))!
  passphraseSlot[1][100]! ^= 1
  await expect(opened(provider, recoveryCode(code))).resolves.toBe(1)
  await expect(opened(provider, secret('words'))).rejects.toMatchObject({ kind: 'key' })
})

test.each([['an empty passphrase', () => passphrase('')], ['a short raw key', () => rawKey(new Uint8Array(16))]])('%s is refused', (_, make) => {
  expect(make).toThrowError(expect.objectContaining({ kind: 'config' }) as Error)
})

async function made(key: KeyProvider): Promise<{
  provider: MemoryProvider
  backup: ReturnType<typeof createBackup>
  source: ReturnType<typeof memorySource>
  code: string
}> {
  const provider = memoryProvider()
  const source = memorySource({ main: new Uint8Array(5000).fill(1) })
  const backup = createBackup({ source, providers: [provider], keys: key, runtime: nodeRuntime, workers: 0, state: await freshState() })
  const { recoveryCode: code } = await backup.init()
  await backup.run()
  return { provider, backup, source, code: code! }
}

/** How many snapshots somebody with this secret, and no local state, can read. */
async function opened(provider: MemoryProvider, key: KeyProvider): Promise<number> {
  const backup = createBackup({ source: memorySource(), providers: [provider], keys: key, runtime: nodeRuntime, workers: 0, state: await freshState() })
  const snapshots = await backup.snapshots()
  for (const { id } of snapshots) await backup.restore(id, { to: id })
  return snapshots.length
}
