import type { Codec, CodecTable } from '../contract/codec.ts'
import { looksCompressible } from '../codec/compressible.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import {
  type Descriptor,
  type SegmentRole,
  decodeDescriptor,
  descriptorLength,
  encodeDescriptor,
  roles,
  tagLength,
  tailOrdinal,
} from './descriptor.ts'
import { type ObjectHeader, decodeHeader, headerLength, segmentNonce } from './header.ts'
import { maxPayloadLength, pad, unpad } from './padding.ts'
import { joinBytes } from './text.ts'

/** Closes and opens the last segment of a sealed object: the record, or the table of contents. FORMAT.md §6. */
export interface TailContext {
  readonly crypto: Crypto
  readonly codecs: CodecTable
  /** The key of the object with this header, see `objectKey`; the key ring knows the root. */
  readonly keyFor: (header: ObjectHeader, headerBytes: Uint8Array) => Uint8Array
}

/**
 * Tail and footer, ready to be put behind the data segments.
 *
 * @throws `permanent` for a payload that no reader would take: an empty one, or one of more than 64 MiB.
 */
export async function sealTail(
  context: TailContext,
  header: Uint8Array,
  role: SegmentRole,
  payload: Uint8Array,
  dataLength: number,
): Promise<Uint8Array> {
  if (payload.length < 1 || payload.length > maxPayloadLength) {
    throw new BackupError(
      'permanent',
      `A tail cannot hold ${payload.length} bytes; 1 to ${maxPayloadLength} are allowed.`,
    )
  }
  const codec = smallestCodec(context.codecs, payload)
  const around = headerLength + dataLength + tagLength + descriptorLength
  const padded = pad(codec.stored, payload.length, around)
  const descriptor = encodeDescriptor({
    ordinal: tailOrdinal,
    role,
    codec: codec.id,
    padded: true,
    uniform: false,
    deltas: false,
    plainLength: 0,
    storedLength: padded.length + tagLength,
  })
  const decoded = decodeHeader(header)
  const aead = context.crypto.aead(decoded.suite, context.keyFor(decoded, header))
  const nonce = segmentNonce(aead.nonceLength, tailOrdinal)
  const sealed = await aead.seal(nonce, padded, joinBytes(header, descriptor))
  return joinBytes(sealed, descriptor)
}

/** Where the tail is, from the last bytes of an object of that size. */
export function tailOf(footer: Uint8Array, size: number): { descriptor: Descriptor; offset: number } {
  const descriptor = decodeDescriptor(footer)
  const offset = size - descriptorLength - descriptor.storedLength
  if (descriptor.ordinal !== tailOrdinal) throw new BackupError('corrupt', 'An object does not end with a tail.')
  if (offset < headerLength) throw new BackupError('corrupt', 'A tail is longer than its object.')
  // Nobody vouches for bytes in between, so anyone could make second copies of a record, under other names.
  if (descriptor.role === roles.record && offset > headerLength) {
    throw new BackupError('corrupt', 'A record has bytes between its header and its tail.')
  }
  return { descriptor, offset }
}

/**
 * Opens the tail and returns its payload.
 *
 * @param header the object's first 64 bytes
 * @param end tail and footer
 * @throws `corrupt` when it does not authenticate or does not add up; `key` when its epoch is not in the ring.
 */
export async function openTail(
  context: TailContext,
  header: Uint8Array,
  end: Uint8Array,
  role: SegmentRole,
): Promise<Uint8Array> {
  const footer = end.subarray(end.length - descriptorLength)
  const descriptor = decodeDescriptor(footer)
  if (descriptor.role !== role) throw new BackupError('corrupt', `A tail has role ${descriptor.role} where ${role} belongs.`)
  const sealed = end.subarray(0, end.length - descriptorLength)
  if (sealed.length !== descriptor.storedLength) throw new BackupError('corrupt', 'A tail is cut short.')
  const decoded = decodeHeader(header)
  if ((decoded.kind === 'pack') !== (role === roles.toc)) {
    throw new BackupError('corrupt', `An object of kind "${decoded.kind}" is where another kind belongs.`)
  }
  const aead = context.crypto.aead(decoded.suite, context.keyFor(decoded, header))
  const nonce = segmentNonce(aead.nonceLength, tailOrdinal)
  const { payload, decodedLength } = unpad(await aead.open(nonce, sealed, joinBytes(header, footer)))
  const codec = context.codecs[descriptor.codec]
  if (!codec.decode) {
    throw new BackupError('unsupported', `This runtime cannot read codec "${codec.name}".`, { hint: 'Use the Node runtime.' })
  }
  return codec.decode(payload, decodedLength)
}

/** Opens a whole record: what `openTail` returns of it. */
export function openRecord(context: TailContext, bytes: Uint8Array): Promise<Uint8Array> {
  const { offset } = tailOf(bytes.subarray(bytes.length - descriptorLength), bytes.length)
  return openTail(context, bytes.subarray(0, headerLength), bytes.subarray(offset), roles.record)
}

/** Records are read for ever and by everybody, so they only use what every runtime can both write and read. */
function smallestCodec(codecs: CodecTable, payload: Uint8Array): { id: Codec['id']; stored: Uint8Array } {
  const gzip = codecs[1]
  const large = payload.length > 16_384
  // Large payloads are tables of ids, of which nothing can be saved, or long commits, of which level 1 saves most.
  if (!gzip.encode || payload.length < 128 || (large && !looksCompressible(payload))) return { id: 0, stored: payload }
  const stored = gzip.encode(payload, large ? 1 : gzip.levels.max)
  return stored.length < payload.length ? { id: 1, stored } : { id: 0, stored: payload }
}
