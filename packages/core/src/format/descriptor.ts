import type { CodecId } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'
import { viewOf } from './text.ts'

/** What is known about a segment before it is opened, and is authenticated with it: FORMAT.md §6.3. */
export interface Descriptor {
  readonly ordinal: number
  readonly role: SegmentRole
  readonly codec: CodecId
  readonly padded: boolean
  readonly uniform: boolean
  readonly deltas: boolean
  /** Bytes after decoding; 0 when padded. */
  readonly plainLength: number
  /** Ciphertext and tag. */
  readonly storedLength: number
}

export type SegmentRole = (typeof roles)[keyof typeof roles]

export const roles = { data: 1, list: 2, toc: 3, record: 4 } as const
export const descriptorLength = 16
export const tagLength = 16
export const tailOrdinal = 0xffff_ffff
/** No unit, and so no segment, decodes to more: a reader can always afford one. */
export const maxPlainLength: number = 16 * 1024 * 1024

const paddedFlag = 1
const uniformFlag = 2
const deltasFlag = 4

export function encodeDescriptor(descriptor: Descriptor): Uint8Array {
  const bytes = new Uint8Array(descriptorLength)
  const view = viewOf(bytes)
  const { padded, uniform, deltas } = descriptor
  view.setUint32(0, descriptor.ordinal, true)
  view.setUint8(4, descriptor.role)
  view.setUint8(5, descriptor.codec)
  view.setUint16(6, (padded ? paddedFlag : 0) | (uniform ? uniformFlag : 0) | (deltas ? deltasFlag : 0), true)
  view.setUint32(8, descriptor.plainLength, true)
  view.setUint32(12, descriptor.storedLength, true)
  return bytes
}

/**
 * @throws `corrupt` for lengths that cannot be, and for an ordinal or flags that do not belong to the role;
 * `unsupported` for unknown roles, codecs and flags.
 */
export function decodeDescriptor(bytes: Uint8Array): Descriptor {
  if (bytes.length !== descriptorLength) throw new BackupError('corrupt', 'A segment descriptor is cut short.')
  const view = viewOf(bytes)
  const role = view.getUint8(4)
  const codec = view.getUint8(5)
  const flags = view.getUint16(6, true)
  if (role < 1 || role > 4) throw new BackupError('unsupported', `A segment has role ${role}, which this version does not know.`)
  if (codec > 4) throw new BackupError('unsupported', `A segment has codec ${codec}, which this version does not know.`)
  if (flags > 7) throw new BackupError('unsupported', `A segment has flags ${flags}, which this version does not know.`)
  const ordinal = view.getUint32(0, true)
  const plainLength = view.getUint32(8, true)
  const storedLength = view.getUint32(12, true)
  if (storedLength <= tagLength) throw new BackupError('corrupt', `A segment claims to be ${storedLength} bytes long.`)
  const isTail = role === roles.toc || role === roles.record
  if (isTail !== (ordinal === tailOrdinal)) throw misplaced(role, `ordinal ${ordinal}`)
  if (isTail ? flags !== paddedFlag : (flags & paddedFlag) !== 0) throw misplaced(role, `flags ${flags}`)
  if (isTail ? plainLength !== 0 : plainLength < 1 || plainLength > maxPlainLength) {
    throw misplaced(role, `a plain length of ${plainLength} bytes`)
  }
  return {
    ordinal,
    role: role as SegmentRole,
    codec: codec as CodecId,
    padded: (flags & paddedFlag) !== 0,
    uniform: (flags & uniformFlag) !== 0,
    deltas: (flags & deltasFlag) !== 0,
    plainLength,
    storedLength,
  }
}

function misplaced(role: number, found: string): BackupError {
  return new BackupError('corrupt', `A segment of role ${role} has ${found}, which cannot be.`)
}
