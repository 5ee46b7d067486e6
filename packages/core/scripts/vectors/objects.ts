import type { SuiteId } from '../../src/contract/suite.ts'
import {
  type Descriptor,
  descriptorLength,
  encodeDescriptor,
  roles,
  tagLength,
} from '../../src/format/descriptor.ts'
import { type ObjectKind, headerLength, segmentNonce } from '../../src/format/header.ts'
import { commitKey, formatKey, packKey, slotKey } from '../../src/format/names.ts'
import { pad, padme } from '../../src/format/padding.ts'
import { rootOf } from '../../src/format/ring.ts'
import { sealTail } from '../../src/format/tail.ts'
import { hex, joinBytes, utf8 } from '../../src/format/text.ts'
import { type Kit, madeAt } from './kit.ts'

/** Vectors for FORMAT.md §3, §6 and §10. */
export interface ObjectVectors {
  readonly names: {
    readonly about: string
    readonly time: string
    readonly keys: Readonly<Record<'format' | 'slots' | 'packs' | 'commits', string>>
  }
  readonly objectKeys: { readonly about: string; readonly cases: readonly ObjectKeyVector[] }
  readonly descriptors: {
    readonly about: string
    readonly cases: readonly (Descriptor & { bytes: string })[]
  }
  readonly segments: { readonly about: string; readonly cases: readonly SegmentVector[] }
  readonly padme: {
    readonly about: string
    readonly sizes: readonly (readonly [length: number, size: number])[]
  }
  readonly tails: { readonly about: string; readonly cases: readonly TailVector[] }
  readonly codecs: {
    readonly about: string
    readonly plain: string
    readonly cases: readonly { codec: number; name: string; stored: string }[]
  }
}

interface ObjectKeyVector {
  readonly kind: ObjectKind
  readonly suite: SuiteId
  readonly epoch: number
  readonly salt: string
  readonly header: string
  readonly root: string
  readonly key: string
}

interface SegmentVector {
  readonly header: string
  readonly key: string
  readonly nonce: string
  readonly descriptor: string
  readonly plain: string
  /** Ciphertext and tag. */
  readonly sealed: string
}

interface TailVector {
  readonly header: string
  readonly key: string
  readonly role: 3 | 4
  readonly payload: string
  /** What is sealed. */
  readonly padded: string
  /** Tail and footer. */
  readonly end: string
}

const paddedLengths = [
  2, 3, 8, 9, 64, 100, 127, 129, 1000, 4095, 4097, 65_537, 1_000_000, 16_777_217, 40_000_000,
]

export async function objectVectors(kit: Kit): Promise<ObjectVectors> {
  const hash = hex(kit.crypto.sha256(utf8('an object')))
  return {
    names: {
      about: '§3: names of an object whose bytes are the ASCII text "an object", in each class.',
      time: madeAt.toISOString(),
      keys: {
        format: formatKey(hash),
        slots: slotKey(hash),
        packs: packKey(hash),
        commits: commitKey(madeAt, hash),
      },
    },
    objectKeys: {
      about: '§6.1: headers, and the keys of their objects.',
      cases: [objectKeyVector(kit, 'pack', 1, 1), objectKeyVector(kit, 'commit', 2, 2)],
    },
    descriptors: {
      about: '§6.3: descriptors, in fields and in bytes.',
      cases: descriptors.map((descriptor) => ({ ...descriptor, bytes: hex(encodeDescriptor(descriptor)) })),
    },
    segments: {
      about: '§6.2, §6.3: one segment sealed under each suite. Codec 0.',
      cases: [await segmentVector(kit, 1, 0), await segmentVector(kit, 2, 0x0102_0304)],
    },
    padme: {
      about: '§6.4: [length, the next size that Padmé allows].',
      sizes: paddedLengths.map((length) => [length, padme(length)] as const),
    },
    tails: {
      about:
        '§6.4: a payload, padded so that header, tail and footer together have a size of Padmé, and sealed. Codec 0.',
      cases: [await tailVector(kit, 1, 'commit', roles.record), await tailVector(kit, 2, 'pack', roles.toc)],
    },
    codecs: {
      about:
        '§10: what each codec may have made of "plain". Other encoders give other bytes; all decode to these.',
      plain: hex(utf8(`${'page '.repeat(40)}end of the page\n`)),
      cases: encoded,
    },
  }
}

const descriptors: readonly Descriptor[] = [
  {
    ordinal: 0,
    role: 1,
    codec: 4,
    padded: false,
    uniform: true,
    deltas: false,
    plainLength: 1_048_576,
    storedLength: 524_305,
  },
  {
    ordinal: 7,
    role: 2,
    codec: 1,
    padded: false,
    uniform: false,
    deltas: true,
    plainLength: 300,
    storedLength: 17,
  },
  {
    ordinal: 0xffff_ffff,
    role: 3,
    codec: 0,
    padded: true,
    uniform: false,
    deltas: false,
    plainLength: 0,
    storedLength: 4000,
  },
  {
    ordinal: 0xffff_ffff,
    role: 4,
    codec: 1,
    padded: true,
    uniform: false,
    deltas: false,
    plainLength: 0,
    storedLength: 0x0102_0304,
  },
]

const encoded = [
  {
    codec: 1,
    name: 'gzip',
    stored: '1f8b08000000000002032b484c4f552818fa446a5e8a427e9a42490684cf05004b9584ddd8000000',
  },
  { codec: 2, name: 'brotli', stored: '1bd700f88d946edeb40c2b834b0590b31e4411605493057c60ccfd2ed949' },
  { codec: 3, name: 'lz4', stored: '5f70616765200500b0f001656e64206f662074686520706167650a' },
  {
    codec: 4,
    name: 'zstd',
    stored: '28b52ffd20d8e50000a87061676520656e64206f662074686520706167650a01004050450b',
  },
  {
    codec: 4,
    name: 'zstd, with a checksum and without a content size',
    stored: '28b52ffd0400e50000a87061676520656e64206f662074686520706167650a01004050450b6b7d5f7d',
  },
]

function objectKeyVector(kit: Kit, kind: ObjectKind, suite: SuiteId, epoch: number): ObjectKeyVector {
  const header = kit.newHeader(kind, suite, epoch)
  const root = rootOf(kit.ring, epoch)
  return {
    kind,
    suite,
    epoch,
    salt: hex(header.subarray(32)),
    header: hex(header),
    root: hex(root),
    key: hex(kit.keyOf(header)),
  }
}

async function segmentVector(kit: Kit, suite: SuiteId, ordinal: number): Promise<SegmentVector> {
  const header = kit.newHeader('pack', suite, 1)
  const key = kit.keyOf(header)
  const plain = utf8('the bytes of a unit')
  const descriptor = encodeDescriptor({
    ordinal,
    role: roles.data,
    codec: 0,
    padded: false,
    uniform: true,
    deltas: false,
    plainLength: plain.length,
    storedLength: plain.length + tagLength,
  })
  const aead = kit.crypto.aead(suite, key)
  const nonce = segmentNonce(aead.nonceLength, ordinal)
  const sealed = await aead.seal(nonce, plain, joinBytes(header, descriptor))
  return {
    header: hex(header),
    key: hex(key),
    nonce: hex(nonce),
    descriptor: hex(descriptor),
    plain: hex(plain),
    sealed: hex(sealed),
  }
}

async function tailVector(kit: Kit, suite: SuiteId, kind: ObjectKind, role: 3 | 4): Promise<TailVector> {
  const header = kit.newHeader(kind, suite, 1)
  const payload = utf8('{"what a tail holds":"a record, or a table of contents"}')
  const padded = pad(payload, payload.length, headerLength + tagLength + descriptorLength)
  const end = await sealTail(kit.tails, header, role, payload, 0)
  return {
    header: hex(header),
    key: hex(kit.keyOf(header)),
    role,
    payload: hex(payload),
    padded: hex(padded),
    end: hex(end),
  }
}
