import { describe, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, type KeyProvider, rawKey, type Runtime } from '../src/index.ts'
import { type MemoryProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { copyOf, copyOfState } from './copies.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { mortal } from './mortal.ts'

const secret = (number: number): KeyProvider => rawKey(new Uint8Array(32).fill(number))
/** Made before the rotation, and after it with nothing in common: whoever erases the first epoch loses one of the two. */
const first = { main: noise(500, 1) }
const second = { main: noise(500, 2) }

interface Deed {
  readonly name: string
  /** Does it, or finishes what was begun. @param opener the secret that the repository was opened with */
  run(backup: Backup, opener: number): Promise<unknown>
  /** Of these, one at least opens at any time. */
  readonly openers: readonly number[]
  /** Which secrets open in the end. */
  readonly after: readonly number[]
  /** How many snapshots are there in the end. */
  readonly snapshots: number
}

const deeds: readonly Deed[] = [
  { name: 'a change of secrets', run: (backup) => backup.keys.replace(secret(1), secret(3)), openers: [1, 3], after: [2, 3], snapshots: 2 },
  {
    name: 'the removal of a secret',
    async run(backup, opener) {
      const slot = (await backup.keys.slots()).find(({ opened }) => opened)!
      if (opener === 1) await backup.keys.remove(slot.id, { proof: secret(2) })
    },
    openers: [1, 2],
    after: [2],
    snapshots: 2,
  },
  { name: 'a rotation', run: (backup) => backup.keys.rotate([secret(3)]), openers: [1, 3], after: [3], snapshots: 2 },
  { name: 'an erasure', run: (backup) => erase(backup), openers: [1, 3], after: [3], snapshots: 1 },
]

async function erase(backup: Backup): Promise<void> {
  const plan = await backup.keys.erasePlan({ epochs: [1] })
  await backup.keys.erase(plan, { secrets: [secret(3)], accept: plan.lost.map(({ id }) => id), actor: 'anna', reason: 'a request of 2031' })
}

describe.each(deeds)('$name that dies', (deed) => {
  test.each([
    { how: 'after any of its calls', lostReply: false },
    { how: 'before it hears the answer to any of its calls', lostReply: true },
  ])('$how locks nobody out, and can be finished', async ({ lostReply }) => {
    const base = await made()
    const calls = await callsOf(base, deed)
    expect(calls).toBeGreaterThan(8)
    const opened = new Set<string>()
    for (let lastCall = lostReply ? 1 : 0; lastCall < calls + (lostReply ? 1 : 0); lastCall++) {
      const place = copyOf(base.provider)
      const state = await copyOfState(base)
      const life = mortal(place, withoutFiles, { lastCall, lostReply })
      await expect(deed.run(open(life.provider, [1], state, life.runtime), 1), `call ${lastCall}`).rejects.toThrow('dead')
      expect(life.died()).toBe(true)

      const openers = await openersOf(place, deed.openers)
      expect(openers.length, `call ${lastCall}`).toBeGreaterThan(0)
      opened.add(openers.join())

      await deed.run(open(place, openers.slice(0, 1), state), openers[0]!)
      expect(await openersOf(place, [1, 2, 3]), `call ${lastCall}`).toEqual(deed.after)
      await expectWhole(place, deed.after.at(-1)!, deed.snapshots)
    }
    // Some of the deaths came before it was done, and the last one after.
    if (lostReply) expect(opened.size).toBeGreaterThan(1)
  })
})

interface Made {
  readonly provider: MemoryProvider
  readonly state: string
  readonly repository: string
}

async function made(): Promise<Made> {
  const provider = memoryProvider()
  const state = freshMemoryState()
  const backup = open(provider, [1], state, withoutFiles, first)
  const { repository } = await backup.init()
  await backup.run()
  await backup.keys.rotate([secret(1), secret(2)])
  await open(provider, [1], state, withoutFiles, second).run()
  return { provider, state, repository }
}

function open(
  provider: BackupProvider,
  keys: readonly number[],
  state = freshMemoryState(),
  runtime: Runtime = withoutFiles,
  streams: Readonly<Record<string, Uint8Array>> = {},
): Backup {
  return createBackup({ source: memorySource(streams), providers: [provider], keys: keys.map(secret), runtime, workers: 0, state, compression: 'store' })
}

async function callsOf(base: Made, deed: Deed): Promise<number> {
  const life = mortal(copyOf(base.provider), withoutFiles, { lastCall: Number.POSITIVE_INFINITY, lostReply: false })
  await deed.run(open(life.provider, [1], await copyOfState(base), life.runtime), 1)
  return life.calls()
}

async function openersOf(provider: MemoryProvider, candidates: readonly number[]): Promise<number[]> {
  const openers: number[] = []
  for (const number of candidates) {
    const count = await open(provider, [number]).snapshots().then((found) => found.length, (error: { kind: string }) => error.kind)
    if (count !== 'key') openers.push(number)
  }
  return openers
}

async function expectWhole(provider: MemoryProvider, key: number, snapshots: number): Promise<void> {
  const source = memorySource()
  const backup = createBackup({ source, providers: [provider], keys: secret(key), runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  expect(await backup.verify({ depth: 'data' })).toMatchObject({ ok: true, problems: [], snapshots })
  await backup.restore('latest', { to: 'here' })
  expectStreams(source.places.get('here'), second)
  expect((await backup.verifyAudit()).problems).toEqual([])
}
