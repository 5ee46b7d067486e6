import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { type SegmentRole, roles } from './descriptor.ts'
import { hex, joinBytes, unhex } from './text.ts'
import { idLength, unitKey, unitNamer } from './unit-id.ts'

const { unitIds, unitsKey, repositoryId } = readVectors()
const key = new Uint8Array(32).fill(5)

describe.each([
  ['portable', portableCrypto],
  ['node', nodeCrypto],
])('made by %s,', (_, crypto) => {
  const namer = unitNamer(crypto, key)

  test('the key of all ids is that of the vectors', () => {
    expect(hex(unitKey(crypto, unhex(unitsKey, 32), unhex(repositoryId, 16)))).toBe(unitIds.key)
  })

  test.each(unitIds.cases)(
    'an id of role $role, of $bytes × $times, is that of the vectors',
    ({ role, bytes, times, id }) => {
      expect(
        idOf(
          unitNamer(crypto, unhex(unitIds.key, 32)),
          role,
          unhex(bytes.repeat(times), (bytes.length / 2) * times),
        ),
      ).toBe(id)
    },
  )

  test('every id is the hash that the format writes down, whatever was named before', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(roles.data, roles.list),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        (role, unit) => {
          const head = new Uint8Array(64)
          head.set(key)
          head[32] = role
          new DataView(head.buffer).setBigUint64(56, BigInt(unit.length), true)
          const expected = createHash('sha256').update(joinBytes(head, unit)).digest('hex').slice(0, 32)
          expect(idOf(namer, role, unit)).toBe(expected)
        },
      ),
    )
  })

  test('a unit beyond the usual size has the same id as under a fresh namer', () => {
    const large = new Uint8Array(200_000).fill(3)
    expect(idOf(namer, 1, large)).toBe(idOf(unitNamer(crypto, key), 1, large))
    expect(idOf(namer, 1, large.subarray(0, 10))).toBe(idOf(unitNamer(crypto, key), 1, large.subarray(0, 10)))
  })
})

test('content, length, role and key all make another id', () => {
  const unit = new Uint8Array(100)
  const ids = [
    idOf(unitNamer(nodeCrypto, key), 1, unit),
    idOf(unitNamer(nodeCrypto, key), 1, unit.subarray(1)),
    idOf(
      unitNamer(nodeCrypto, key),
      1,
      Uint8Array.from(unit, (byte, at) => (at === 99 ? 1 : byte)),
    ),
    idOf(unitNamer(nodeCrypto, key), 2, unit),
    idOf(unitNamer(nodeCrypto, new Uint8Array(32).fill(6)), 1, unit),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})

test('an id is written where it belongs and nowhere else', () => {
  const out = new Uint8Array(48).fill(9)
  unitNamer(nodeCrypto, key).name(1, new Uint8Array(10), out, 16)
  expect([...out.subarray(0, 16), ...out.subarray(32)]).toEqual(new Array(32).fill(9))
  expect(out.subarray(16, 32)).not.toEqual(new Uint8Array(16).fill(9))
})

function idOf(namer: ReturnType<typeof unitNamer>, role: SegmentRole, unit: Uint8Array): string {
  const id = new Uint8Array(idLength)
  namer.name(role, unit, id, 0)
  return hex(id)
}
