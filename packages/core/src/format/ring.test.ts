import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, otherwise, verdict } from '../../test/strict-decoder.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { type KeyRing, addEpoch, byAge, createRing, currentEpoch, decodeRing, dropEpochs, encodeRing, rootOf } from './ring.ts'
import { base64, fromUtf8, hex, utf8 } from './text.ts'

const golden = readVectors().ring.json
const record = JSON.parse(golden) as Record<string, unknown> & { epochs: Record<string, unknown>[] }
const now = new Date('2031-04-05T06:07:08.090Z')
const later = new Date('2032-01-01T00:00:00.000Z')

test('a fresh ring has one epoch, and keys that are not those of any other', () => {
  const [one, other] = [createRing(nodeCrypto, 2, now), createRing(nodeCrypto, 2, now)]
  expect(one.epochs.map(({ epoch }) => epoch)).toEqual([1])
  expect([one.repository.length, one.units.length, currentEpoch(one).root.length]).toEqual([16, 32, 32])
  const secrets = [one, other].flatMap(({ repository, units, epochs }) =>
    [repository, units, epochs[0]!.root].map(hex),
  )
  expect(new Set(secrets).size).toBe(6)
})

test('rotation adds an epoch and keeps everything else', () => {
  const ring = createRing(nodeCrypto, 1, now)
  const rotated = addEpoch(nodeCrypto, ring, later)
  expect(rotated).toEqual({
    ...ring,
    epochs: [...ring.epochs, { epoch: 2, root: currentEpoch(rotated).root, created: later }],
  })
  expect(rootOf(rotated, 1)).toEqual(currentEpoch(ring).root)
  expect(rootOf(rotated, 2)).not.toEqual(rootOf(rotated, 1))
  expect(ring.epochs).toHaveLength(1)
})

test('an epoch that the ring does not have is told apart from damage', () => {
  const ring = createRing(nodeCrypto, 1, now)
  for (const epoch of [0, 2])
    expect(() => rootOf(ring, epoch)).toThrow(
      expect.objectContaining({ kind: 'key', message: expect.stringContaining(`epoch ${epoch}`) }),
    )
})

describe('an erased epoch', () => {
  const three = (): KeyRing => addEpoch(nodeCrypto, addEpoch(nodeCrypto, createRing(nodeCrypto, 1, now), now), now)

  test.each([[[1]], [[2]], [[1, 2]]])('has no root in the ring any more, and the ring remembers when that was: %o', (epochs) => {
    const ring = three()
    const left = dropEpochs(ring, epochs, later)
    expect(left.epochs).toEqual(ring.epochs.filter(({ epoch }) => !epochs.includes(epoch)))
    expect(left.erased).toEqual(epochs.map((epoch) => ({ epoch, time: later })))
    expect(decodeRing(encodeRing(left))).toEqual(left)
    for (const { root } of ring.epochs.filter(({ epoch }) => epochs.includes(epoch))) {
      expect(fromUtf8(encodeRing(left))).not.toContain(base64(root))
    }
  })

  test('is told apart from one that was never there', () => {
    const erased = { kind: 'key', message: expect.stringContaining('erased on 20') }
    expect(() => rootOf(dropEpochs(three(), [1], later), 1)).toThrow(expect.objectContaining(erased))
    expect(() => rootOf(three(), 7)).toThrow(expect.not.objectContaining(erased))
  })

  test('is never the one that seals', () => {
    expect(() => dropEpochs(three(), [3], later)).toThrow(expect.objectContaining({ kind: 'config', key: 'epochs' }))
  })

  test('may follow others, and a rotation may follow it', () => {
    const ring = addEpoch(nodeCrypto, dropEpochs(dropEpochs(three(), [2], now), [1], later), later)
    expect(decodeRing(encodeRing(ring))).toEqual(ring)
    expect(ring.epochs.map(({ epoch }) => epoch)).toEqual([3, 4])
    expect(ring.erased!.map(({ epoch }) => epoch)).toEqual([1, 2])
  })

  test('makes a ring the later one of two that reach equally far', () => {
    const ring = three()
    const left = dropEpochs(ring, [1], later)
    const next = addEpoch(nodeCrypto, ring, later)
    expect([ring, left, next].toSorted(byAge)).toEqual([next, left, ring])
  })
})

test('every ring comes back', () => {
  fc.assert(
    fc.property(fc.constantFrom(1 as const, 2 as const), fc.nat({ max: 5 }), (suite, rotations) => {
      let ring = createRing(nodeCrypto, suite, now)
      for (let rotation = 0; rotation < rotations; rotation++) ring = addEpoch(nodeCrypto, ring, later)
      expect(decodeRing(encodeRing(ring))).toEqual(ring)
    }),
  )
})

test('a ring is stored as in the vectors, with its suite by name as in the format object', () => {
  expect(fromUtf8(encodeRing(decodeRing(utf8(golden))))).toBe(golden)
  expect(record['suite']).toBe('aes-256-gcm')
})

describe('a ring is refused with', () => {
  const [first, second] = record.epochs
  const key = (length: number): string => base64(new Uint8Array(length))
  const time = later.toISOString()

  test.each<[string, Record<string, unknown>, string]>([
    ['another type', { type: 'rings' }, 'type'],
    ['no epochs', { epochs: [] }, 'epochs'],
    ['a first epoch of another number', { epochs: [{ ...first, epoch: 2 }] }, 'epoch'],
    ['a hole in the epochs', { epochs: [first, { ...second, epoch: 3 }] }, 'epoch'],
    ['an epoch twice', { epochs: [first, first] }, 'epoch'],
    ['epochs in another order', { epochs: [second, first] }, 'epoch'],
    ['a root that is too short', { epochs: [{ ...first, root: key(31) }] }, '31 bytes'],
    ['a root that is not base64', { epochs: [{ ...first, root: '!' }] }, 'base64'],
    ['a key for units that is too long', { units: key(33) }, '33 bytes'],
    ['a repository id that is too short', { repository: '00' }, 'hex'],
    ['a suite by number', { suite: 1 }, 'suite'],
    ['no time', { created: '' }, 'created'],
    ['an epoch that is there and erased', { erased: [{ epoch: 1, time }] }, 'epochs'],
    ['an erasure of what is to come', { erased: [{ epoch: 3, time }] }, 'epochs'],
    ['a hole that no erasure accounts for', { epochs: [{ ...second, epoch: 3 }], erased: [{ epoch: 2, time }] }, 'epochs'],
    ['an erasure at no time', { epochs: [second], erased: [{ epoch: 1 }] }, 'time'],
    ['an erasure twice', { epochs: [{ ...second, epoch: 3 }], erased: [{ epoch: 1, time }, { epoch: 1, time }] }, 'epoch'],
  ])('%s', (_, change, message) => {
    expect(() => decodeRing(json({ ...record, ...change }))).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a newer version', { version: 2 }, 'version 2'],
    ['a suite that nobody knows', { suite: 'rot13' }, '"rot13"'],
  ])('%s, which is named', (_, change, message) => {
    expect(() => decodeRing(json({ ...record, ...change }))).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(message) }),
    )
  })

  test('no message that repeats a key', () => {
    const secret = base64(new Uint8Array(31).fill(0xab))
    for (const change of [
      { units: secret },
      { units: `${secret}!` },
      { epochs: [{ ...first, root: secret }] },
    ]) {
      expect(() => decodeRing(json({ ...record, ...change }))).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(secret.slice(0, 8)) }),
      )
    }
  })
})

test('damage is refused or read as something else, and nothing worse', async () => {
  const { taken, refused } = await damageEverywhere({ decode: decodeRing }, utf8(golden))
  expect(taken).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(1000)
})

test('whatever stands in place of a part, the ring is taken or refused', async () => {
  let refused = 0
  for (const other of otherwise(record))
    if ((await verdict({ decode: decodeRing }, json(other))) !== 'taken') refused++
  expect(refused).toBeGreaterThan(200)
})

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value))
}
