import { createCipheriv, createHmac, hash, randomBytes } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { defaultGear, gearChunker, gearTable } from '../../packages/core/src/chunk/gear.ts'
import { portableCodecs } from '../../packages/core/src/codec/table.ts'
import { portableCrypto } from '../../packages/core/src/crypto/portable.ts'
import { deltaEncoder } from '../../packages/core/src/format/delta.ts'
import { unitNamer } from '../../packages/core/src/format/unit-id.ts'
import { nodeCodecs } from '../../packages/core/src/node/codecs.ts'
import { nodeCrypto } from '../../packages/core/src/node/crypto.ts'
import { createFingerprint } from '../../packages/core/src/node/fingerprint/fingerprint.ts'

/** One step of ours and the plain way to do the same, on as many bytes. */
export interface Primitive {
  name: string
  peerName: string
  /** Bytes that one call works on. */
  bytes: number
  ours: () => unknown
  peer: () => unknown
}

const PAGE = 4096
const SEGMENT = 1 << 20
const GZIP = 1
const ZSTD = 4

/** `initial` and `changed` are two versions of one database. */
export function createPrimitives(initial: Buffer, changed: Buffer): Primitive[] {
  const segments = slices(initial, SEGMENT).slice(0, 16)
  const pages = segments.flatMap((segment) => slices(segment, PAGE))
  const bytes = segments.length * SEGMENT
  return [
    ...hashing(pages, segments, bytes),
    ...sealing(pages, segments, bytes),
    ...compressing(segments, bytes),
    delta(initial, changed),
    ...portable(pages, segments),
  ]
}

function hashing(pages: Buffer[], segments: Buffer[], bytes: number): Primitive[] {
  const fingerprint = createFingerprint(randomBytes(32))
  const prints = new Uint8Array(16 * (SEGMENT / PAGE))
  const key = randomBytes(32)
  const namer = unitNamer(nodeCrypto, key)
  const id = new Uint8Array(16)
  const table = gearTable(nodeCrypto, key)
  const sha256EachPage = (): void => pages.forEach((page) => hash('sha256', page, 'buffer'))

  return [
    {
      name: 'fingerprint.4k',
      peerName: 'SHA-256 of each page',
      bytes,
      ours: () => segments.forEach((segment) => fingerprint.pages(segment, PAGE, prints, 0)),
      peer: sha256EachPage,
    },
    {
      name: 'unit-id.4k',
      peerName: 'HMAC-SHA-256 of each page',
      bytes,
      ours: () => pages.forEach((page) => namer.name(1, page, id, 0)),
      peer: () => pages.forEach((page) => createHmac('sha256', key).update(page).digest()),
    },
    {
      name: 'cut-by-content',
      peerName: 'SHA-256 of the stream',
      bytes,
      ours() {
        const chunker = gearChunker(table, defaultGear)
        segments.forEach((segment) => chunker.push(segment, false))
      },
      peer: () => segments.forEach((segment) => hash('sha256', segment, 'buffer')),
    },
  ]
}

function sealing(pages: Buffer[], segments: Buffer[], bytes: number): Primitive[] {
  const key = randomBytes(32)
  const aead = nodeCrypto.aead(1, key)
  const nonce = new Uint8Array(aead.nonceLength)
  const associated = new Uint8Array(80)
  return [
    {
      name: 'seal.1m',
      peerName: 'AES-256-GCM of each page',
      bytes,
      async ours() {
        for (const segment of segments) await aead.seal(nonce, segment, associated)
      },
      peer() {
        for (const page of pages) {
          const cipher = createCipheriv('aes-256-gcm', key, nonce)
          cipher.setAAD(associated)
          cipher.update(page)
          cipher.final()
          cipher.getAuthTag()
        }
      },
    },
  ]
}

function compressing(segments: Buffer[], bytes: number): Primitive[] {
  const zstd = nodeCodecs[ZSTD]
  const params = { [constants.ZSTD_c_compressionLevel]: 1 }
  const stored = segments.map((segment) => zstdCompressSync(segment, { params }))
  return [
    {
      name: 'zstd-1.encode.1m',
      peerName: 'zstdCompressSync',
      bytes,
      ours: () => segments.forEach((segment) => zstd.encode?.(segment, 1)),
      peer: () => segments.forEach((segment) => zstdCompressSync(segment, { params })),
    },
    {
      name: 'zstd-1.decode.1m',
      peerName: 'zstdDecompressSync',
      bytes,
      ours: () => stored.forEach((segment) => zstd.decode?.(segment, SEGMENT)),
      peer: () => stored.forEach((segment) => zstdDecompressSync(segment)),
    },
  ]
}

function delta(initial: Buffer, changed: Buffer): Primitive {
  const pairs = slices(initial, PAGE)
    .map((base, i) => ({ base, unit: changed.subarray(i * PAGE, (i + 1) * PAGE) }))
    .filter(({ base, unit }) => !base.equals(unit))
    .slice(0, 2048)
  const encoder = deltaEncoder()
  const programs = new Uint8Array(pairs.length * PAGE * 2)
  const params = { [constants.ZSTD_c_compressionLevel]: 1 }
  const joined = Buffer.concat(pairs.map(({ unit }) => unit))
  const zstd = nodeCodecs[ZSTD]

  return {
    name: 'delta.4k',
    peerName: 'zstd of the changed pages',
    bytes: pairs.length * PAGE,
    ours() {
      let end = 0
      for (const { base, unit } of pairs) end = encoder.encode(unit, base, programs, end, end + PAGE) || end
      for (const segment of slices(programs.subarray(0, end), SEGMENT)) zstd.encode?.(segment, 1)
    },
    peer: () => slices(joined, SEGMENT).forEach((segment) => zstdCompressSync(segment, { params })),
  }
}

/** What the same steps cost where there is only JavaScript and WebCrypto. */
function portable(pages: Buffer[], segments: Buffer[]): Primitive[] {
  const key = randomBytes(32)
  const id = new Uint8Array(16)
  const namers = { node: unitNamer(nodeCrypto, key), portable: unitNamer(portableCrypto, key) }
  const aeads = { node: nodeCrypto.aead(1, key), portable: portableCrypto.aead(1, key) }
  const nonce = new Uint8Array(aeads.node.nonceLength)
  const associated = new Uint8Array(80)
  const fewPages = pages.slice(0, 256)
  const segment = segments[0] as Buffer
  const peerName = 'the fast path'
  const bytes = SEGMENT
  return [
    {
      name: 'portable.unit-id.4k',
      peerName,
      bytes,
      ours: () => fewPages.forEach((page) => namers.portable.name(1, page, id, 0)),
      peer: () => fewPages.forEach((page) => namers.node.name(1, page, id, 0)),
    },
    {
      name: 'portable.seal.1m',
      peerName,
      bytes,
      ours: () => aeads.portable.seal(nonce, segment, associated),
      peer: () => aeads.node.seal(nonce, segment, associated),
    },
    {
      name: 'portable.gzip.1m',
      peerName,
      bytes,
      ours: () => portableCodecs[GZIP].encode?.(segment),
      peer: () => nodeCodecs[GZIP].encode?.(segment),
    },
  ]
}

function slices<Bytes extends Uint8Array>(bytes: Bytes, length: number): Bytes[] {
  const count = Math.ceil(bytes.length / length)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length) as Bytes)
}
