import { quickXor } from '@backup-internal/fakes/microsoft'
import { describe, expect, test } from 'vitest'
import { quickXorHash, quickXorHashOf } from './quick-xor-hash.ts'

const seeded = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) * 7) & 255)

/** By length of `seeded`; computed by rclone 1.60.1, `rclone hashsum quickxor --base64`. */
const vectors: readonly (readonly [bytes: number, hash: string])[] = [
  [0, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  [1, 'AAAAAAAAAAAAAAAAAQAAAAAAAAA='],
  [3, 'APiADwAAAAAAAAAAAwAAAAAAAAA='],
  [20, 'IuJwdzrLHU3oIhv4rIANqkCHScg='],
  [159, 'XVUcemOMr5uSYTaWln/vOFDOILE='],
  [160, 'XVUcemOMr5uSYTaWqX/vOFDOALk='],
  [161, 'PVUcemOMr5uSYTaWqH/vOFDOALk='],
  [1_000, 'vYAJAwb3FnczBJ/l4a7fZS7bz3U='],
  [4_096, '0BiBwnHOy1tu6UWDwy35JwwC9j0='],
  [1_000_003, 'bLSDWBeNot5TBnX4K/ZSF0ijRs4='],
]

test.each(vectors)('hashes %i bytes as rclone does', (bytes, hash) => {
  expect(quickXorHashOf(seeded(bytes))).toBe(hash)
})

describe('pieces of any length and place', () => {
  test.each([1, 3, 159, 160, 161, 4_099])('of %i bytes give the hash of the whole', (piece) => {
    const whole = seeded(20_011)
    const hash = quickXorHash()
    for (let at = 0; at < whole.length; at += piece) hash.update(whole.subarray(at, at + piece))
    expect(hash.digest()).toBe(quickXor(whole))
  })

  test('that begin where no word begins are hashed as well', () => {
    for (const offset of [0, 1, 2, 3]) {
      const window = Buffer.from(seeded(1_000).buffer, offset, 990)
      expect(quickXorHashOf(window)).toBe(quickXor(window))
    }
  })

  test('can be told apart: order, a changed bit and a lost byte count', () => {
    const bytes = seeded(1_000)
    const changed = bytes.with(500, (bytes[500] ?? 0) ^ 1)
    const swapped = bytes.with(1, bytes[2] ?? 0).with(2, bytes[1] ?? 0)
    const hashes = [bytes, changed, swapped, bytes.subarray(1), bytes.subarray(0, 999)].map(quickXorHashOf)
    expect(new Set(hashes).size).toBe(5)
  })
})
