import { describe, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, type KeyProvider, passphrase, rawKey, recoveryCode } from '../src/index.ts'
import { type MemoryProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { switched } from './switched.ts'

/** As cheap as the standard allows, and so worth a warning. */
const cheap = { memoryKiB: 256, passes: 1, lanes: 1 }
const secret = (words: string): KeyProvider => passphrase(words, cheap)
const machine = (number: number): KeyProvider => rawKey(new Uint8Array(32).fill(number))
const authority = { actor: 'anna@example.org', reason: 'Ben has left' }

async function made(keys: KeyProvider = machine(1)): Promise<{ provider: MemoryProvider; backup: Backup; code: string; state: string }> {
  const provider = memoryProvider()
  const state = freshMemoryState()
  const backup = open(provider, keys, state)
  const { recoveryCode: code } = await backup.init()
  await backup.run()
  return { provider, backup, code: code!, state }
}

function open(provider: BackupProvider, keys: KeyProvider | readonly KeyProvider[], state = freshMemoryState()): Backup {
  const source = memorySource({ main: noise(3000, 1) })
  return createBackup({ source, providers: [provider], keys, runtime: withoutFiles, workers: 0, state })
}

const opens = (provider: BackupProvider, key: KeyProvider): Promise<boolean> =>
  open(provider, key).snapshots().then(() => true, (error: { kind: string }) => (error.kind === 'key' ? false : Promise.reject(error)))

describe('the list of slots', () => {
  test('tells of each what kind it is, how the key comes about, and whether we get in', async () => {
    const { backup } = await made(secret('correct horse'))
    await backup.keys.add(machine(9))
    const slots = await backup.keys.slots()
    expect(slots.map(({ kind, opened, current, kdf }) => ({ kind, opened, current, kdf })).toSorted((a, b) => (a.kind! < b.kind! ? -1 : 1))).toEqual([
      { kind: 'passphrase', opened: true, current: true, kdf: { name: 'argon2id', ...cheap } },
      { kind: 'raw', opened: false, current: null, kdf: { name: 'raw' } },
      { kind: 'recovery', opened: false, current: null, kdf: { name: 'recovery' } },
    ])
    for (const { id, created } of slots) {
      expect(id).toMatch(/^[0-9a-f]{64}$/)
      expect(Math.abs(created!.getTime() - Date.now())).toBeLessThan(60_000)
    }
  })

  test('says which passphrase is cheap to guess; replaced by itself, it is not', async () => {
    const { backup } = await made(secret('correct horse'))
    const weak = async (): Promise<unknown[]> => (await backup.keys.slots()).flatMap(({ problem }) => problem ?? [])
    expect(await weak()).toEqual([{ kind: 'weak', message: expect.stringContaining('256 KiB') as string, hint: expect.stringContaining('Replace it') as string }])
    await backup.keys.replace(secret('correct horse'), passphrase('correct horse'))
    expect(await weak()).toEqual([])
  })

  test('says which one is damaged, and which holds keys of yesterday', async () => {
    const { backup, provider } = await made()
    const before = [...provider.objects].filter(([key]) => key.startsWith('slots/'))
    await backup.keys.rotate([machine(1)])
    const [code, own] = before.toSorted(([, a], [, b]) => (new TextDecoder().decode(a).includes('raw') ? 1 : 0) - (new TextDecoder().decode(b).includes('raw') ? 1 : 0))
    provider.objects.set(own![0], own![1])
    const damaged = code![1].slice()
    damaged[30]! ^= 1
    provider.objects.set(code![0], damaged)
    const slots = await open(provider, machine(1)).keys.slots()
    expect(slots.map(({ kind, opened, current, problem }) => [kind, opened, current, problem?.kind ?? null])).toEqual(
      expect.arrayContaining([[null, false, null, 'damaged'], ['raw', true, false, null], ['raw', true, true, null], ['recovery', false, null, null]]),
    )
  })
})

describe('a slot', () => {
  test('is removed by its id, without knowing its secret, and that is recorded', async () => {
    const { backup, provider } = await made()
    await backup.keys.add(secret('ben'))
    const slot = (await backup.keys.slots()).find(({ kind }) => kind === 'passphrase')!
    expect(await opens(provider, secret('ben'))).toBe(true)
    await backup.keys.remove(slot.id.slice(0, 10), authority)
    expect(await opens(provider, secret('ben'))).toBe(false)
    expect(await opens(provider, machine(1))).toBe(true)
    const { entries } = await backup.audit()
    expect(entries.map(({ action }) => action)).toEqual(['slot-add', 'slot-remove'])
    expect(entries[1]).toMatchObject({ ...authority, subject: [slot.id], details: { kind: 'passphrase' } })
  })

  test('that is the only one we were seen to open stays, until another secret is proved', async () => {
    const { backup, provider, code } = await made()
    const own = (await backup.keys.slots()).find(({ opened }) => opened)!
    const slots = (): string[] => [...provider.objects.keys()].filter((key) => key.startsWith('slots/'))
    const before = slots()
    await expect(backup.keys.remove(own.id)).rejects.toMatchObject({ kind: 'permanent', key: own.id })
    await expect(backup.keys.remove(own.id, { proof: machine(77) })).rejects.toMatchObject({ kind: 'permanent' })
    expect(slots()).toEqual(before)
    expect((await backup.audit()).entries).toEqual([])

    await backup.keys.remove(own.id, { proof: recoveryCode(code) })
    expect(await opens(provider, machine(1))).toBe(false)
    // This one was opened with the secret that is gone, and goes on with the other.
    await backup.run()
    expect(await backup.snapshots()).toHaveLength(2)
    const last = (await backup.keys.slots())[0]!
    await expect(backup.keys.remove(last.id)).rejects.toMatchObject({ kind: 'permanent' })
  })

  test('that opens old keys alone is no proof that we get in', async () => {
    const { backup, provider } = await made()
    const yesterday = [...provider.objects].filter(([key]) => key.startsWith('slots/'))
    await backup.keys.rotate([machine(1)])
    for (const [key, bytes] of yesterday) provider.objects.set(key, bytes)
    const again = open(provider, machine(1))
    const newest = (await again.keys.slots()).find(({ current }) => current)!
    await expect(again.keys.remove(newest.id)).rejects.toMatchObject({ kind: 'permanent' })
  })

  test.each([['ffff', 'not-found'], ['', 'not-found']])('is not found by %o', async (id, kind) => {
    const { backup } = await made()
    await expect(backup.keys.remove(id)).rejects.toMatchObject({ kind })
  })

  test('that is damaged with one provider is taken from another, and healed', async () => {
    // The one at hand is asked first.
    const [one, other] = [switched(memoryProvider(), { nearby: true }), switched(memoryProvider({ location: 'memory:other' }))]
    const backup = createBackup({ source: memorySource({ main: noise(3000, 1) }), providers: [one, other], keys: machine(1), runtime: withoutFiles, workers: 0, state: freshMemoryState() })
    await backup.init()
    await backup.sync()
    const slots = [...one.inner.objects].filter(([key]) => key.startsWith('slots/'))
    for (const [key, bytes] of slots) {
      const damaged = bytes.slice()
      damaged[40]! ^= 1
      one.inner.objects.set(key, damaged)
    }
    expect((await backup.keys.slots()).map(({ problem }) => problem)).toEqual([null, null])
    for (const [key, bytes] of slots) expect(one.inner.objects.get(key)).toEqual(bytes)
    await backup.close()
  })
})

describe('a change of keys', () => {
  test('does not begin when it cannot be recorded', async () => {
    const { provider } = await made()
    const slots = [...provider.objects.keys()].filter((key) => key.startsWith('slots/'))
    const asked: string[] = []
    const refusing = { ...provider, put: async (key: string) => (asked.push(key), Promise.reject(new Error('no'))), delete: async (key: string) => void asked.push(key) }
    const backup = open(refusing, machine(1))
    for (const change of [
      () => backup.keys.add(machine(2)),
      () => backup.keys.replace(machine(1), machine(2)),
      () => backup.keys.rotate([machine(2)]),
    ]) {
      await expect(change()).rejects.toThrow('no')
    }
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.filter((key) => !key.startsWith('audit/'))).toEqual([])
    expect([...provider.objects.keys()].filter((key) => key.startsWith('slots/'))).toEqual(slots)
  })

  test('by a process that has missed a rotation is made with the keys of today', async () => {
    const { provider, backup } = await made()
    const elsewhere = open(provider, machine(1))
    await elsewhere.keys.rotate([machine(1)])
    await elsewhere.run()
    await backup.keys.add(machine(5))
    expect(await open(provider, machine(5)).snapshots()).toHaveLength(2)
  })

  test('by a process that has missed an erasure does not bring back what was erased', async () => {
    const { provider, backup, state } = await made()
    const elsewhere = open(provider, machine(1), state)
    await elsewhere.keys.rotate([machine(1)])
    const plan = await elsewhere.keys.erasePlan({ epochs: [1] })
    await elsewhere.keys.erase(plan, { secrets: [machine(1)], accept: plan.lost.map(({ id }) => id) })
    await backup.keys.add(machine(5))
    expect(await open(provider, machine(5)).keys.proveErasure()).toMatchObject({ ok: true, stillOpen: [] })
  })

  test('by a process whose secret was taken away is refused', async () => {
    const { provider, backup } = await made()
    await open(provider, machine(1)).keys.replace(machine(1), machine(2))
    await expect(backup.keys.add(machine(5))).rejects.toMatchObject({ kind: 'key' })
    expect(await opens(provider, machine(5))).toBe(false)
  })

  test('to a secret that derives another key each time is noticed before the old one goes', async () => {
    const { provider, backup } = await made()
    let calls = 0
    const broken: KeyProvider = {
      ...machine(0),
      slotKind: 'broken',
      create: async () => ({ kdf: { name: 'broken' }, key: new Uint8Array(32).fill(++calls) }),
      derive: async () => new Uint8Array(32).fill(++calls),
    }
    await expect(backup.keys.replace(machine(1), broken)).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('own secret') as string })
    expect(await opens(provider, machine(1))).toBe(true)
  })
})

describe('the use of epochs', () => {
  test('tells what each of them still seals', async () => {
    const { backup, provider } = await made()
    expect(await backup.keys.epochs()).toMatchObject([{ epoch: 1, state: 'current', packs: 1, commits: 1, records: 1 }])
    await backup.keys.rotate([machine(1)])
    await backup.run()
    const uses = await backup.keys.epochs()
    expect(uses).toMatchObject([{ epoch: 1, state: 'old', packs: 1, commits: 1, records: 2 }, { epoch: 2, state: 'current', packs: 0, commits: 1, records: 0 }])
    const sealed = [...provider.objects].filter(([key]) => /^(packs|commits|audit|sessions)\//.test(key)).reduce((sum, [, { length }]) => sum + length, 0)
    expect(uses[0]!.bytes + uses[1]!.bytes).toBe(sealed)
  })

  test('is read once from each object, and remembered by the next process', async () => {
    const { provider } = await made()
    const reads: string[] = []
    const counted = { ...provider, get: (...call: Parameters<typeof provider.get>) => (call[1]?.range?.length === 64 && reads.push(call[0]), provider.get(...call)) }
    const state = freshMemoryState()
    const process = (): Backup => createBackup({ source: memorySource({ main: noise(3000, 1) }), providers: [counted], keys: machine(1), runtime: withoutFiles, workers: 0, state })
    await process().keys.epochs()
    expect(reads).toEqual([])
    await process().keys.rotate([machine(1)])
    const first = await process().keys.epochs()
    expect(reads).toHaveLength(4)
    expect(await process().keys.epochs()).toEqual(first)
    expect(reads).toHaveLength(4)
  })
})

describe('a new recovery code', () => {
  test('opens the repository, the old one does not, and the secrets of the backup go on', async () => {
    const { backup, provider, code } = await made()
    const { recoveryCode: next } = await backup.keys.renewRecoveryCode(authority)
    expect(next).not.toBe(code)
    expect(await opens(provider, recoveryCode(next))).toBe(true)
    expect(await opens(provider, recoveryCode(code))).toBe(false)
    expect(await opens(provider, machine(1))).toBe(true)
    const { entries } = await backup.audit()
    expect(entries.at(-1)).toMatchObject({ action: 'slot-replace', ...authority, details: { kind: 'recovery' } })
  })

  test('leaves the one that the backup itself uses', async () => {
    const { provider, code } = await made()
    const { recoveryCode: next } = await open(provider, recoveryCode(code)).keys.renewRecoveryCode(authority)
    for (const each of [code, next]) expect(await opens(provider, recoveryCode(each))).toBe(true)
  })
})
