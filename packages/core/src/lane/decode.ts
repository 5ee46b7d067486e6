import type { CodecId, CodecTable } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'

/** Decodes with the codec of this number. @throws `unsupported` where this runtime cannot read it. */
export function decode({ codecs }: { readonly codecs: CodecTable }, id: CodecId, stored: Uint8Array, plainLength: number): Uint8Array {
  const codec = codecs[id]
  if (codec.decode) return codec.decode(stored, plainLength)
  throw new BackupError('unsupported', `This runtime cannot read codec "${codec.name}".`, { hint: 'Use the Node runtime.' })
}
