import { expect, test } from 'vitest'
import { type KnownRecord, encodeKnown, knownFiles, recordLength } from './known.ts'

const records: KnownRecord[] = Array.from({ length: 200 }, (_, at) => ({
  path: at === 7 ? 'odd/\udcff' : `folder/${at}`,
  size: at * 1000,
  mtime: -5n + BigInt(at) * 10n ** 16n,
  ctime: BigInt(at) * 10n ** 16n,
  inode: 2n ** 64n - 1n - BigInt(at),
  offset: at * 2 ** 40,
  hash: new Uint8Array(32).fill(at),
}))
const state = encodeKnown(records.length, records)

test('every file is found again, with all that is known of it, and no other', () => {
  const known = knownFiles(state)!
  for (const { path, size, mtime, ctime, inode, offset, hash } of records) {
    const record = known.find(path)
    const facts = { size: BigInt(size), mtimeNs: mtime, ctimeNs: ctime, ino: inode }
    expect(known.agrees(record, facts)).toBe(true)
    expect(known.offset(record)).toBe(offset)
    expect(known.hash(record)).toEqual(Buffer.from(hash))
    for (const fact of ['size', 'mtimeNs', 'ctimeNs', 'ino'] as const) {
      const other = { ...facts, [fact]: facts[fact] + (fact === 'ino' ? -1n : 1n) }
      expect(known.agrees(record, other)).toBe(false)
    }
  }
  expect(known.find('folder')).toBe(-1)
  expect(known.find('odd/\udcfe')).toBe(-1)
  expect(known.find('odd/\ufffd')).toBe(-1)
})

test('an empty table knows nothing', () => {
  expect(knownFiles(encodeKnown(0, []))?.find('folder/1')).toBe(-1)
})

test('a state that is damaged anywhere, cut short or longer, is none', () => {
  expect(knownFiles(undefined)).toBeUndefined()
  for (let at = 0; at < state.length; at += 7) {
    const damaged = state.slice()
    damaged[at]! ^= 1 << (at % 8)
    expect(knownFiles(damaged), `byte ${at}`).toBeUndefined()
  }
  for (const length of [0, 1, 16, state.length - 1, state.length - recordLength]) expect(knownFiles(state.slice(0, length))).toBeUndefined()
  expect(knownFiles(Uint8Array.from([...state, 0]))).toBeUndefined()
  expect(knownFiles(new Uint8Array(state.length))).toBeUndefined()
})
