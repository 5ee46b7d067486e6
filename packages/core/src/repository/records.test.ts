import { expect, test } from 'vitest'
import { timeInKey } from '../format/names.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { opened } from '../../test/opened.ts'
import { readRecords, removeRecord, writeRecord } from './records.ts'

const time = new Date('2031-05-06T07:08:09.010Z')
const record = { class: 'hold', type: 'hold', writer: '0123456789abcdef', time, body: { reason: 'audit of 2031' } } as const

test('a record is found by whoever opens the repository, with what was said in it', async () => {
  const { repository, again } = await opened()
  const { key } = await writeRecord(repository, record)
  expect(timeInKey(key)).toEqual(time)
  const { found, damaged } = await readRecords(await again(), 'hold')
  expect(found.map(({ type, writer, time, fields }) => ({ type, writer, time, reason: fields.text('reason') }))).toEqual([
    { type: 'hold', writer: '0123456789abcdef', time, reason: 'audit of 2031' },
  ])
  expect(damaged.size).toBe(0)
})

test('a record that was read is not read again, and one that was removed is forgotten', async () => {
  const { repository, provider } = await opened()
  const { key } = await writeRecord(repository, record)
  provider.reads.length = 0
  expect((await readRecords(repository, 'hold')).found).toHaveLength(1)
  expect(provider.reads).toEqual([])
  await removeRecord(repository, key)
  expect((await readRecords(repository, 'hold')).found).toEqual([])
})

test('a record that is damaged is told, and the others are read', async () => {
  const { again, repository, provider } = await opened()
  const { key } = await writeRecord(repository, record)
  await writeRecord(repository, { ...record, time: new Date('2031-05-07T00:00:00Z') })
  const bytes = provider.objects.get(key)!.slice()
  bytes[seededRandom(1).below(bytes.length)]! ^= 1
  provider.objects.set(key, bytes)
  const { found, damaged } = await readRecords(await again(), 'hold')
  expect(found).toHaveLength(1)
  expect([...damaged].map(([damagedKey, { kind }]) => [damagedKey, kind])).toEqual([[key, 'corrupt']])
})

test('a record in the folder of another class is refused', async () => {
  const { again, repository, provider } = await opened()
  const { key } = await writeRecord(repository, record)
  const elsewhere = key.replace('holds/', 'trash/')
  provider.objects.set(elsewhere, provider.objects.get(key)!)
  const { damaged } = await readRecords(await again(), 'trash')
  expect(damaged.get(elsewhere)).toMatchObject({ kind: 'corrupt', message: expect.stringContaining('"hold"') })
})
