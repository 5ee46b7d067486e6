import type { CodecTable } from '../../src/contract/codec.ts'
import type { Crypto } from '../../src/contract/runtime.ts'
import type { SuiteId } from '../../src/contract/suite.ts'
import { portableCodecs } from '../../src/codec/table.ts'
import { type ObjectHeader, decodeHeader, encodeHeader, objectKey } from '../../src/format/header.ts'
import { type KeyRing, addEpoch, createRing, rootOf } from '../../src/format/ring.ts'
import type { TailContext } from '../../src/format/tail.ts'
import { utf8, viewOf } from '../../src/format/text.ts'
import { type UnitNamer, unitKey, unitNamer } from '../../src/format/unit-id.ts'

/** What all vectors are made with. Nothing in it is secret, and nothing in it is random. */
export interface Kit {
  readonly crypto: Crypto
  readonly ring: KeyRing
  readonly unitKey: Uint8Array
  readonly namer: UnitNamer
  readonly tails: TailContext
  newHeader(kind: ObjectHeader['kind'], suite: SuiteId, epoch: number): Uint8Array
  keyOf(header: Uint8Array): Uint8Array
}

export const madeAt: Date = new Date('2031-04-05T06:07:08.090Z')

/** Tails are stored as they are: what compression makes of them differs from one library to the next. */
const codecs: CodecTable = { ...portableCodecs, 1: { ...portableCodecs[1], encode: (plain) => plain } }

export function createKit(real: Crypto): Kit {
  const crypto = withFixedRandom(real)
  const ring = addEpoch(crypto, createRing(crypto, 1, madeAt), new Date('2032-04-05T06:07:08.090Z'))
  const key = unitKey(crypto, ring.units, ring.repository)
  const keyFor: TailContext['keyFor'] = ({ epoch }, header) => objectKey(crypto, rootOf(ring, epoch), header)
  return {
    crypto,
    ring,
    unitKey: key,
    namer: unitNamer(crypto, key),
    tails: { crypto, codecs, keyFor },
    newHeader: (kind, suite, epoch) =>
      encodeHeader({ kind, suite, epoch, repository: ring.repository, salt: crypto.random(32) }),
    keyOf: (header) => keyFor(decodeHeader(header), header),
  }
}

/** SHA-256 of a label and a count: the same bytes in every run, and no two alike. */
function withFixedRandom(crypto: Crypto): Crypto {
  let count = 0
  const block = (): Uint8Array => {
    const label = utf8('backup/1/vectors    ')
    viewOf(label).setUint32(label.length - 4, count++, true)
    return crypto.sha256(label)
  }
  return {
    ...crypto,
    random(length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) bytes.set(block().subarray(0, length - at), at)
      return bytes
    },
  }
}
