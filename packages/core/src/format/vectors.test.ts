import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeVectors, readVectors, textOf } from '../../scripts/build-vectors.ts'
import { portableCodecs } from '../codec/table.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { nodeCodecs } from '../node/codecs.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { nameInKey } from './names.ts'
import { hex, unhex } from './text.ts'

const vectors = readVectors()
const cryptos = [
  ['portable', portableCrypto],
  ['node', nodeCrypto],
] as const

test.each(cryptos)('the vectors are what cryptography of %s makes, to the byte', async (_, crypto) => {
  const kept = readFileSync(new URL('../../../../restore/vectors.json', import.meta.url), 'utf8')
  expect(textOf(await makeVectors(crypto))).toBe(kept)
})

test.each(cryptos)('segments open with cryptography of %s, and with no bit changed', async (_, crypto) => {
  for (const { header, key, nonce, descriptor, plain, sealed } of vectors.segments.cases) {
    const aead = crypto.aead(header.slice(12, 14) === '01' ? 1 : 2, bytes(key))
    const associated = bytes(header + descriptor)
    expect(hex(await aead.open(bytes(nonce), bytes(sealed), associated))).toBe(plain)
    associated[70]! ^= 1
    await expect((async () => aead.open(bytes(nonce), bytes(sealed), associated))()).rejects.toMatchObject({
      kind: 'corrupt',
    })
  }
})

describe('what codecs made is read by', () => {
  const { plain, cases } = vectors.codecs
  const tables = [
    ['the portable codec', portableCodecs],
    ['the codec of Node', nodeCodecs],
  ] as const
  const readable = tables.flatMap(([by, table]) =>
    cases.flatMap(({ codec, name, stored }) => {
      const { decode } = table[codec as keyof typeof table]
      return decode ? [{ by, name, stored, decode }] : []
    }),
  )

  test.each(readable)('$by: $name', ({ stored, decode }) => {
    expect(hex(decode(bytes(stored), plain.length / 2))).toBe(plain)
  })

  test('both, but for brotli, which plain JavaScript does not read', () => {
    expect(readable).toHaveLength(2 * cases.length - 1)
  })
})

test('every object of the repository has the hash in its name', () => {
  for (const [key, object] of Object.entries(vectors.repository.objects))
    expect(hex(nodeCrypto.sha256(bytes(object)))).toBe(nameInKey(key))
})

function bytes(text: string): Uint8Array {
  return unhex(text, text.length / 2)
}
