import { describe, expect, test } from 'vitest'
import { opened } from '../../test/opened.ts'
import { timedKey } from '../format/names.ts'
import { hex } from '../format/text.ts'
import { portableRuntime } from '../portable/runtime.ts'
import { removeRecord, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { saveWriter } from '../write/writer-state.ts'
import { appendAudit } from './append.ts'
import type { AuditEntry } from './entry.ts'
import { listAudit } from './list.ts'
import { verifyAudit } from './verify.ts'

const now = new Date('2031-05-06T07:08:09.010Z')
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const keyOf = ({ time, id }: AuditEntry): string => timedKey('audit', time, id)
const kindsOf = async (repository: Repository): Promise<string[]> => (await verifyAudit(repository)).problems.map(({ kind }) => kind)

/** A trail of `count` entries, a minute apart. */
async function trail(count: number): Promise<Awaited<ReturnType<typeof opened>> & { entries: AuditEntry[] }> {
  const place = await opened()
  const entries: AuditEntry[] = []
  for (let at = 0; at < count; at++) {
    entries.push(await appendAudit(place.repository, { action: 'hold', authority: { actor: `actor ${at}` } }, later(at)))
  }
  return { ...place, entries }
}

describe('a trail that nobody touched', () => {
  test('is sound, also when it is empty', async () => {
    expect(await verifyAudit((await opened()).repository)).toEqual({ ok: true, entries: 0, writers: [], problems: [] })
  })

  test('is sound with two writers', async () => {
    const { repository, again, entries } = await trail(3)
    await saveWriter(repository, { id: 'fedcba9876543210', sequence: 0, previous: null })
    await appendAudit(repository, { action: 'release' }, later(5))
    await appendAudit(repository, { action: 'rotate' }, later(6))
    expect(await verifyAudit(await again())).toEqual({
      ok: true,
      entries: 5,
      writers: [
        { writer: entries[0]!.writer, entries: 3, first: now, last: later(2) },
        { writer: 'fedcba9876543210', entries: 2, first: later(5), last: later(6) },
      ],
      problems: [],
    })
  })

  test('is sound when a clock was set right by seconds', async () => {
    const { repository } = await trail(2)
    await appendAudit(repository, { action: 'hold' }, later(0.5))
    expect(await kindsOf(repository)).toEqual([])
  })
})

describe('who can write to the store, and has no keys,', () => {
  test('cannot take an entry out of the middle', async () => {
    const { repository, entries } = await trail(4)
    await removeRecord(repository, keyOf(entries[1]!))
    const { ok, problems } = await verifyAudit(repository)
    expect(ok).toBe(false)
    expect(problems).toMatchObject([{ kind: 'gap', message: expect.stringContaining('Entry 2 is missing') }])
  })

  test('cannot take away the beginning', async () => {
    const { repository, entries } = await trail(4)
    for (const entry of entries.slice(0, 2)) await removeRecord(repository, keyOf(entry))
    expect((await verifyAudit(repository)).problems).toMatchObject([{ kind: 'gap', message: expect.stringContaining('Entries 1 to 2') }])
  })

  test('cannot cut off the end while local state remembers it', async () => {
    const { repository, entries } = await trail(4)
    for (const entry of entries.slice(2)) await removeRecord(repository, keyOf(entry))
    expect(await kindsOf(repository)).toEqual(['cut'])
  })

  test('can cut off the end unnoticed where nobody remembers it: no chain can prove its own end', async () => {
    const { repository, entries } = await trail(4)
    await removeRecord(repository, keyOf(entries[3]!))
    await repository.state.remove('audit')
    expect(await kindsOf(repository)).toEqual([])
  })

  test('cannot change a bit of an entry', async () => {
    const { provider, again, entries } = await trail(3)
    const key = keyOf(entries[1]!)
    const bytes = provider.objects.get(key)!.slice()
    bytes[100]! ^= 1
    provider.objects.set(key, bytes)
    expect((await verifyAudit(await again())).problems).toMatchObject([{ kind: 'unreadable', key }, { kind: 'gap' }])
  })

  test('cannot give an entry another time', async () => {
    const { provider, again, entries } = await trail(3)
    const key = keyOf(entries[1]!)
    const moved = timedKey('audit', later(90), entries[1]!.id)
    provider.objects.set(moved, provider.objects.get(key)!)
    provider.objects.delete(key)
    expect((await verifyAudit(await again())).problems).toMatchObject([
      { kind: 'unreadable', key: moved, message: expect.stringContaining('another time') },
      { kind: 'gap' },
    ])
  })

  test('cannot show an entry twice', async () => {
    const { provider, again, entries } = await trail(2)
    const copy = timedKey('audit', later(90), entries[0]!.id)
    provider.objects.set(copy, provider.objects.get(keyOf(entries[0]!))!)
    expect((await verifyAudit(await again())).problems).toMatchObject([{ kind: 'unreadable', key: copy }])
  })

  test('cannot stop the trail with an object whose time is impossible', async () => {
    const { provider, again } = await trail(1)
    const [bytes] = [...provider.objects].flatMap(([key, body]) => (key.startsWith('audit/') ? [body] : []))
    const impossible = `audit/999999/99t999999999z-${hex(portableRuntime.crypto.sha256(bytes!))}`
    provider.objects.set(impossible, bytes!)
    const stranger = await again()
    await appendAudit(stranger, { action: 'hold' }, later(3))
    expect((await listAudit(stranger, { from: now })).unreadable).toEqual([impossible])
    expect((await verifyAudit(stranger)).problems).toMatchObject([{ kind: 'unreadable', key: impossible }])
  })

  test('cannot put in an entry of another repository', async () => {
    const [{ provider, again }, other] = [await trail(2), await trail(1)]
    const foreign = keyOf(other.entries[0]!)
    provider.objects.set(foreign, other.provider.objects.get(foreign)!)
    expect((await verifyAudit(await again())).problems).toMatchObject([
      { kind: 'unreadable', key: foreign, message: expect.stringContaining('belongs to repository') },
    ])
  })

  test('cannot pass a record of another class off as an entry', async () => {
    const { provider, again, repository } = await trail(1)
    const hold = await writeRecord(repository, { class: 'hold', type: 'audit', writer: '0123456789abcdef', time: later(3), body: {} })
    const key = hold.key.replace('holds/', 'audit/')
    provider.objects.set(key, provider.objects.get(hold.key)!)
    expect((await verifyAudit(await again())).problems).toMatchObject([{ kind: 'unreadable', key, message: expect.stringContaining('"hold"') }])
  })
})

describe('who has the keys', () => {
  test.each([
    ['an entry of another type', 'note', {}],
    ['an entry without a number', 'audit', { previous: null, action: 'hold', actor: 'eve', subject: [], details: {} }],
    ['an entry in the middle that names none before it', 'audit', { sequence: 4, previous: null, action: 'hold', actor: 'eve', reason: null, subject: [], details: {} }],
  ])('cannot add %s unnoticed', async (_, type, body) => {
    const { repository, entries } = await trail(3)
    const { key } = await writeRecord(repository, { class: 'audit', type, writer: entries[0]!.writer, time: later(3), body })
    expect((await verifyAudit(repository)).problems).toMatchObject([{ kind: 'unreadable', key }])
  })

  test('cannot replace an entry unnoticed: the next one names the old', async () => {
    const { repository, entries } = await trail(3)
    const { writer, previous } = entries[1]!
    const lie = { sequence: 2, previous, action: 'hold', actor: 'somebody else', reason: null, subject: [], details: {} }
    await removeRecord(repository, keyOf(entries[1]!))
    await writeRecord(repository, { class: 'audit', type: 'audit', writer, time: later(1), body: lie })
    expect((await verifyAudit(repository)).problems).toMatchObject([{ kind: 'broken-link', message: expect.stringContaining('Entry 3') }])
  })

  test('cannot give a number twice unnoticed', async () => {
    const { repository, entries } = await trail(2)
    const twin = { sequence: 2, previous: entries[0]!.id, action: 'release', actor: 'eve', reason: null, subject: [], details: {} }
    await writeRecord(repository, { class: 'audit', type: 'audit', writer: entries[0]!.writer, time: later(2), body: twin })
    expect(await kindsOf(repository)).toEqual(['fork'])
  })

  test('cannot date an entry back unnoticed', async () => {
    const { repository } = await trail(2)
    await appendAudit(repository, { action: 'hold' }, later(-600))
    expect(await kindsOf(repository)).toEqual(['clock'])
  })
})
