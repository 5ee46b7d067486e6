import { describe, expect, test } from 'vitest'
import { text } from '../../test/fixtures.ts'
import { blockOf, laneOf, openRequest, sealed } from '../../test/lanes.ts'
import { portableCodecs } from '../codec/table.ts'
import type { CodecTable } from '../contract/codec.ts'
import type { SuiteId } from '../contract/suite.ts'
import { portableCrypto } from '../crypto/portable.ts'
import type { LaneTools } from './tools.ts'

const auto = { codec: 'auto' } as const
const store = { codec: 0 } as const

describe('decode and compare', () => {
  const lying = (codec: Partial<CodecTable[1]>): LaneTools => ({
    crypto: portableCrypto,
    codecs: {
      ...portableCodecs,
      1: { ...portableCodecs[1], encode: (plain) => plain.slice(0, plain.length >> 1), ...codec },
    },
  })

  test.each<[string, Partial<CodecTable[1]>]>([
    ['loses data without a word', { decode: (_, length) => new Uint8Array(length) }],
    ['returns fewer bytes', { decode: (stored) => stored }],
    [
      'changes one byte',
      {
        encode: (plain) => new Uint8Array(1).fill(plain.length),
        decode: () => text(3000).map((byte, at) => (at === 2999 ? byte ^ 1 : byte)),
      },
    ],
    ['makes what it cannot read itself', {}],
  ])('catches a codec that %s: nothing is returned', async (_, codec) => {
    const lane = laneOf(lying(codec))
    await expect(sealed(lane, 1, { codec: 1 }, blockOf(text(3000)))).rejects.toMatchObject({
      kind: 'corrupt',
    })
  })

  test('does not mind the same codec where it is not used', async () => {
    const lane = laneOf(lying({ decode: (_, length) => new Uint8Array(length) }))
    await expect(sealed(lane, 1, { codec: 1 }, blockOf(text(3000)))).rejects.toMatchObject({
      kind: 'corrupt',
    })
    // What failed is not in the next segment.
    const { segment } = await sealed(lane, 1, store, blockOf(text(100)))
    expect((await lane.open(openRequest(1, segment))).plain).toEqual(text(100))
  })

  test('catches a cipher that errs', async () => {
    const crypto = {
      ...portableCrypto,
      aead(suite: SuiteId, key: Uint8Array) {
        const real = portableCrypto.aead(suite, key)
        return {
          ...real,
          seal: async (nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array) =>
            (await real.seal(nonce, plain, associated)).map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
        }
      },
    }
    await expect(
      sealed(laneOf({ crypto, codecs: portableCodecs }), 1, auto, blockOf(text(3000))),
    ).rejects.toMatchObject({ kind: 'corrupt' })
  })
})
