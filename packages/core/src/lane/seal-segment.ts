import type { SealRequest, SealedSegment } from '../contract/lane.ts'
import type { SuiteId } from '../contract/suite.ts'
import { encodeSmallest } from '../codec/auto.ts'
import { BackupError } from '../errors.ts'
import { type SegmentRole, encodeDescriptor, tagLength } from '../format/descriptor.ts'
import { segmentNonce } from '../format/header.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import { free } from '../codec/free.ts'
import { decode } from './decode.ts'
import type { LaneTools } from './tools.ts'
import type { OpenSegment } from './segment-buffers.ts'

/**
 * Compresses and encrypts what was gathered, then opens the result again and compares it with the original. A codec or
 * a memory cell that errs is noticed here, before anything is stored, and not in ten years.
 */
export async function sealSegment(tools: LaneTools, suite: SuiteId, request: SealRequest, open: OpenSegment): Promise<SealedSegment> {
  try {
    return await sealAndProve(tools, suite, request, open.bytes())
  } finally {
    open.clear()
  }
}

async function sealAndProve(tools: LaneTools, suite: SuiteId, request: SealRequest, plain: Uint8Array): Promise<SealedSegment> {
  const encoded = encodeSmallest(tools.codecs, request.codec, plain)
  const descriptor = encodeDescriptor({
    ordinal: request.ordinal,
    role: request.role as SegmentRole,
    codec: encoded.id,
    padded: false,
    uniform: (request.flags & 2) !== 0,
    deltas: (request.flags & 4) !== 0,
    plainLength: plain.length,
    storedLength: encoded.stored.length + tagLength,
  })
  const associated = joinBytes(request.header, descriptor)
  const aead = tools.crypto.aead(suite, request.objectKey)
  const nonce = segmentNonce(aead.nonceLength, request.ordinal)
  const stored = await aead.seal(nonce, encoded.stored, associated)

  if (encoded.stored !== plain) free(encoded.stored)
  const opened = await aead.open(nonce, stored, associated)
  const decoded = decode(tools, encoded.id, opened, plain.length)
  if (!equalBytes(decoded, plain)) {
    throw new BackupError('corrupt', 'A segment did not decode to what was encoded; it was not stored.', {
      hint: 'This points to faulty memory or a faulty codec. Test the memory of this machine, then run again.',
    })
  }
  free(opened)
  free(decoded)
  return { descriptor, stored, plainLength: plain.length }
}
