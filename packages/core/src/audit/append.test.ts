import { describe, expect, test } from 'vitest'
import { opened } from '../../test/opened.ts'
import { BackupError } from '../errors.ts'
import type { StateStore } from '../contract/runtime.ts'
import { timeInKey } from '../format/names.ts'
import { readRecords } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { type SeededRandom, seededRandom } from '../testing/seeded-random.ts'
import { saveWriter } from '../write/writer-state.ts'
import { appendAudit } from './append.ts'
import { decodeAudit } from './entry.ts'
import { auditHead } from './head.ts'
import { verifyAudit } from './verify.ts'

const now = new Date('2031-05-06T07:08:09.010Z')
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const chainOf = async (repository: Repository): Promise<(number | string | null)[][]> =>
  (await readRecords(repository, 'audit')).found.map(decodeAudit).map(({ sequence, previous, action }) => [sequence, previous, action])

describe('an entry of the audit trail', () => {
  test('says who did what to what and why, to whoever opens the repository', async () => {
    const { repository, again } = await opened()
    const authority = { actor: 'anna@example.org', reason: 'Case 7 is closed.' }
    const { id } = await appendAudit(repository, { action: 'release', authority, subject: ['a', 'b'], details: { since: 2029 } }, now)
    const { found } = await readRecords(await again(), 'audit')
    expect(found.map(decodeAudit)).toEqual([
      { id, time: now, writer: expect.stringMatching(/^[0-9a-f]{16}$/) as string, sequence: 1, previous: null, action: 'release', ...authority, subject: ['a', 'b'], details: { since: 2029 } },
    ])
    expect(timeInKey(found[0]!.key)).toEqual(now)
  })

  test('is by somebody unknown, for no reason, when nobody says more', async () => {
    const { repository } = await opened()
    expect(await appendAudit(repository, { action: 'collect' }, now)).toMatchObject({ actor: 'unknown', reason: null, subject: [], details: {} })
  })

  test('carries the name of the one before it', async () => {
    const { repository } = await opened()
    const first = await appendAudit(repository, { action: 'hold' }, now)
    const second = await appendAudit(repository, { action: 'release' }, later(1))
    expect(await chainOf(repository)).toEqual([[1, null, 'hold'], [2, first.id, 'release']])
    expect(await auditHead(repository)).toBe(second.id)
  })

  test('waits for the one before it, when both are made at the same time', async () => {
    const { repository } = await opened()
    await Promise.all(['hold', 'release', 'rotate'].map((action) => appendAudit(repository, { action } as never, now)))
    expect((await chainOf(repository)).map(([sequence]) => sequence).toSorted()).toEqual([1, 2, 3])
  })

  test('makes the operation fail when it cannot be stored', async () => {
    const { repository, provider } = await opened()
    const full = new BackupError('quota', 'The store is full.')
    const repositoryThere = { ...repository, provider: { ...provider, put: () => Promise.reject(full) } }
    await expect(appendAudit(repositoryThere, { action: 'erase' }, now)).rejects.toBe(full)
    expect(await chainOf(repository)).toEqual([])
  })

  test('is refused in a repository that a later version alone may write to', async () => {
    const { repository } = await opened()
    const format = { ...repository.format, requires: { ...repository.format.requires, write: ['tenants'] } }
    await expect(appendAudit({ ...repository, format }, { action: 'hold' }, now)).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

describe('a writer', () => {
  test.each(['arrived', 'did not arrive'])('that never heard of an entry that %s goes on behind it', async (fate) => {
    const { repository, provider } = await opened()
    const first = await appendAudit(repository, { action: 'hold' }, now)
    const lost = new BackupError('transient', 'The line is down.')
    const put = async (...call: Parameters<typeof provider.put>): Promise<void> => {
      if (fate === 'arrived') await provider.put(...call)
      throw lost
    }
    await expect(appendAudit({ ...repository, provider: { ...provider, put } }, { action: 'release' }, later(1))).rejects.toBe(lost)
    const third = await appendAudit(repository, { action: 'rotate' }, later(2))
    const chain = await chainOf(repository)
    expect(chain.map(([sequence, , action]) => [sequence, action])).toEqual([[1, 'hold'], [2, 'release'], [3, 'rotate']])
    expect(chain[1]![1]).toBe(first.id)
    expect(third.previous).toBe((await readRecords(repository, 'audit')).found[1]!.name)
  })

  test.each([
    ['was lost', undefined],
    ['is damaged', '{"writer":7}'],
  ])('whose memory of its chain %s goes on behind what is listed', async (_, item) => {
    const { repository, again } = await opened()
    await appendAudit(repository, { action: 'hold' }, now)
    const second = await appendAudit(repository, { action: 'hold' }, later(1))
    if (item === undefined) await repository.state.remove('audit')
    else await repository.state.write('audit', new TextEncoder().encode(item))
    expect(await appendAudit(await again(), { action: 'release' }, later(2))).toMatchObject({ sequence: 3, previous: second.id })
  })

  test('whose state was brought back from an older copy goes on behind what it wrote since', async () => {
    const { repository, again } = await opened()
    await appendAudit(repository, { action: 'hold' }, now)
    const old = (await repository.state.read('audit'))!
    const second = await appendAudit(repository, { action: 'hold' }, later(1))
    await repository.state.write('audit', old)
    expect(await appendAudit(await again(), { action: 'release' }, later(2))).toMatchObject({ sequence: 3, previous: second.id })
  })

  test('that is new begins a chain of its own', async () => {
    const { repository, again } = await opened()
    const first = await appendAudit(repository, { action: 'hold' }, now)
    await saveWriter(repository, { id: 'fedcba9876543210', sequence: 0, previous: null })
    const other = await appendAudit(await again(), { action: 'release' }, later(1))
    expect(other).toMatchObject({ writer: 'fedcba9876543210', sequence: 1, previous: null })
    expect(other.writer).not.toBe(first.writer)
  })

  test('that shares its state with another process gives no number twice', async () => {
    const { repository, again } = await opened()
    const twin = await again()
    await appendAudit(repository, { action: 'hold' }, now)
    await appendAudit(twin, { action: 'hold' }, later(1))
    await appendAudit(repository, { action: 'release' }, later(2))
    expect((await chainOf(await again())).map(([sequence]) => sequence)).toEqual([1, 2, 3])
  })

  test('of which several processes add entries at the same moment gives no number twice, and each entry names the one before it', async () => {
    const { repository, again } = await opened()
    const random = seededRandom(11)
    const processes = [repository, await again(), await again()].map((each) => ({ ...each, state: unhurried(each.state, random) }))
    for (let round = 0; round < 20; round++) await Promise.all(processes.map((each) => appendAudit(each, { action: 'restore' }, later(round))))
    const entries = (await readRecords(await again(), 'audit')).found.map(decodeAudit).toSorted((a, b) => a.sequence - b.sequence)
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
    expect(entries.map(({ previous }) => previous)).toEqual([null, ...entries.slice(0, -1).map(({ id }) => id)])
    expect(await verifyAudit(await again())).toMatchObject({ ok: true, entries: 60 })
    // What was noted of them does not stay for ever.
    expect((await repository.state.list()).filter((item) => item.startsWith('audit-')).length).toBeLessThanOrEqual(16)
  })

  test('of which one process took a number and died does not give it again', async () => {
    const { repository, again, provider } = await opened()
    const died = new BackupError('transient', 'The line is down.')
    const dead = { ...repository, provider: { ...provider, put: () => Promise.reject(died) } }
    await expect(appendAudit(dead, { action: 'hold' }, now)).rejects.toBe(died)
    const processes = [await again(), await again()]
    await Promise.all(processes.map((each) => appendAudit(each, { action: 'release' }, later(1))))
    expect((await chainOf(await again())).map(([sequence, , action]) => [sequence, action]).toSorted()).toEqual([[1, 'hold'], [2, 'release'], [3, 'release']])
    expect(await verifyAudit(await again())).toMatchObject({ ok: true })
  })

  test('whose note of an entry is damaged goes on without it', async () => {
    const { repository, again } = await opened()
    const { writer } = await appendAudit(repository, { action: 'hold' }, now)
    await repository.state.create(`audit-${writer}-2`, new TextEncoder().encode('{"key":7}'))
    await appendAudit(await again(), { action: 'release' }, later(1))
    expect(await verifyAudit(await again())).toMatchObject({ ok: true, entries: 2 })
  })
})

/** As a disk, which answers two processes in any order. */
function unhurried(state: StateStore, random: SeededRandom): StateStore {
  const after = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    for (let turns = random.below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    return act()
  }
  return {
    ...state,
    read: (name) => after(() => state.read(name)),
    write: (name, bytes) => after(() => state.write(name, bytes)),
    create: (name, bytes) => after(() => state.create(name, bytes)),
  }
}

test('an entry costs one object, and no entry that was there is read again', async () => {
  const { again, repository, provider } = await opened()
  for (let minute = 0; minute < 5; minute++) await appendAudit(repository, { action: 'restore' }, later(minute))
  const before = provider.objects.size
  const stranger = await again()
  provider.reads.length = 0
  await appendAudit(stranger, { action: 'restore' }, later(9))
  expect(provider.objects.size).toBe(before + 1)
  expect(provider.reads).toEqual([])
})
