import { expect, test } from 'vitest'
import { decodeRecord, encodeRecord } from '../format/record.ts'
import type { StoredRecord } from '../repository/records.ts'
import { superfluous } from './record-check.ts'

const dayMs = 86_400_000
const begin = Date.UTC(2030, 0, 1)
const nameOf = (number: number): string => number.toString(16).padStart(64, '0')

function record(day: number, body: { kind: string; snapshot: string; outcome?: string }): StoredRecord {
  const time = new Date(begin + day * dayMs)
  const head = { type: 'check', repository: new Uint8Array(16), writer: '0123456789abcdef', time }
  const decoded = decodeRecord(encodeRecord(head, { outcome: 'sound', examined: true, findings: [], ...body }))
  return { key: `checks/${day}-${body.kind}-${body.outcome ?? ''}`, name: nameOf(day), ...decoded }
}

/** Only these snapshots are there. */
const repository = (...snapshots: number[]): Parameters<typeof superfluous>[0] => ({
  commits: new Map(snapshots.map((snapshot) => [nameOf(snapshot), {}])) as never,
  damaged: new Map(),
})
const at = (day: number): Date => new Date(begin + day * dayMs)

test('fifteen years of daily drills leave some hundreds of records', () => {
  let records: StoredRecord[] = []
  let most = 0
  for (let day = 0; day < 15 * 365; day++) {
    records.push(record(day, { kind: 'drill', snapshot: nameOf(day), outcome: day % 10 === 0 ? 'damaged' : 'sound' }))
    // Once a month will do here, and is quicker.
    const gone = new Set(day % 30 === 0 ? superfluous(repository(day), records, at(day)) : [])
    records = records.filter((one) => !gone.has(one))
    most = Math.max(most, records.length)
  }
  expect(most).toBeLessThan(732 + 30 + 2 * 12 * 14)
  expect(records.filter(({ time }) => time >= at(15 * 365 - 700))).toHaveLength(700)
  const [first] = records
  expect(first!.time < at(365)).toBe(true)
})

test('fifteen years of daily trials by verify leave one for each snapshot that is there, and some weeks of others', () => {
  let records: StoredRecord[] = []
  for (let day = 0; day < 15 * 365; day++) {
    records.push(record(day, { kind: 'verify', snapshot: nameOf(day) }))
    const gone = new Set(superfluous(repository(7, 8, day), records, at(day)))
    records = records.filter((one) => !gone.has(one))
  }
  expect(records.length).toBeLessThan(35)
  expect(records.slice(0, 2).map(({ time }) => time)).toEqual([at(7), at(8)])
})

test('a later trial of a snapshot takes the place of the one before with the same outcome', () => {
  const [first, second, third] = [
    record(1, { kind: 'verify', snapshot: nameOf(1) }),
    record(2, { kind: 'restore', snapshot: nameOf(1), outcome: 'damaged' }),
    record(3, { kind: 'restore', snapshot: nameOf(1) }),
  ] as const
  expect(superfluous(repository(1), [first, second, third], at(3))).toEqual([first])
})

test('the drill that a snapshot is verified by stays as long as the snapshot', () => {
  const records = [record(1, { kind: 'drill', snapshot: nameOf(1) }), record(2, { kind: 'drill', snapshot: nameOf(2) })]
  expect(superfluous(repository(1), records, at(800))).toEqual([])
  expect(superfluous(repository(), records, at(800))).toEqual([records[0]])
})
