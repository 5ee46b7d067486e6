import { expect, test } from 'vitest'
import { BackupError } from '../../errors.ts'
import { changedPages } from './changed-pages.ts'

const known = Uint8Array.from({ length: 16 * 100 }, (_, i) => (i * 151) % 251)

test('nothing changed, nothing found', () => {
  expect(changedPages(known.slice(), known, 100)).toEqual(new Uint32Array(0))
})

test('every byte of a fingerprint counts', () => {
  for (let byte = 0; byte < known.length; byte++) {
    const fresh = known.slice()
    fresh[byte] = (fresh[byte] ?? 0) ^ 0x80
    expect(changedPages(fresh, known, 100)).toEqual(Uint32Array.of(Math.floor(byte / 16)))
  }
})

test('ordinals are ascending', () => {
  const fresh = known.slice()
  for (const page of [99, 0, 7]) fresh.fill(0xff, page * 16, page * 16 + 16)
  expect(changedPages(fresh, known, 100)).toEqual(Uint32Array.of(0, 7, 99))
})

test('pages that were not known before are changed, also where only a part of a fingerprint is there', () => {
  expect(changedPages(known, known.subarray(0, 97 * 16 + 15), 100)).toEqual(Uint32Array.of(97, 98, 99))
  expect(changedPages(known, new Uint8Array(0), 2)).toEqual(Uint32Array.of(0, 1))
})

test('looks at the first pages only, as many as it is told', () => {
  const fresh = known.slice()
  fresh.fill(0xff, 5 * 16)
  expect(changedPages(fresh, known, 5)).toEqual(new Uint32Array(0))
  expect(changedPages(fresh, known, 6)).toEqual(Uint32Array.of(5))
})

test('the fingerprints may begin at any address', () => {
  for (const shift of [1, 2, 3, 4]) {
    const fresh = new Uint8Array(16 * 100 + shift).subarray(shift)
    fresh.set(known)
    fresh.fill(0xff, 3 * 16, 4 * 16)
    expect(changedPages(fresh, known, 100)).toEqual(Uint32Array.of(3))
    expect(changedPages(known, fresh, 100)).toEqual(Uint32Array.of(3))
  }
})

test('refuses to compare pages that have no fingerprint', () => {
  const short = known.subarray(0, 16 * 4 + 15)
  let refusal: unknown
  try {
    changedPages(short, known, 5)
  } catch (error) {
    refusal = error
  }
  expect(BackupError.is(refusal, 'config')).toBe(true)
  expect(changedPages(short, known, 4)).toEqual(new Uint32Array(0))
})
