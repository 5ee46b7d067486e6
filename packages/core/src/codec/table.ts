import type { Codec, CodecTable } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'
import { brotli } from './brotli.ts'
import { gzip } from './gzip.ts'
import { lz4 } from './lz4.ts'
import { store } from './store.ts'
import { zstd } from './zstd.ts'

/** What plain JavaScript can do: read all but brotli, write gzip and lz4. */
export const portableCodecs: CodecTable = { 0: store, 1: gzip, 2: brotli, 3: lz4, 4: zstd }

/**
 * The decoder for a codec number, as it is called in `runtimeName`.
 *
 * @throws `unsupported` for a number that this version does not know, and for a codec that the runtime cannot
 * read.
 */
export function decoderFor(table: CodecTable, id: number, runtimeName: string): NonNullable<Codec['decode']> {
  const codec = known(table, id)
  if (codec.decode) return codec.decode
  throw new BackupError('unsupported', `The ${runtimeName} runtime cannot read codec "${codec.name}".`, {
    hint: 'Use the Node runtime, or copy the data into a repository that uses another codec.',
  })
}

/** The same for writing. */
export function encoderFor(table: CodecTable, id: number, runtimeName: string): NonNullable<Codec['encode']> {
  const codec = known(table, id)
  if (codec.encode) return codec.encode
  const writable = Object.values(table)
    .filter(({ encode }) => encode)
    .map(({ name }) => name)
  throw new BackupError('unsupported', `The ${runtimeName} runtime cannot write codec "${codec.name}".`, {
    key: 'compression',
    hint: `Use "auto" or one of: ${writable.join(', ')}.`,
  })
}

function known(table: CodecTable, id: number): Codec {
  const codec = (table as Readonly<Record<number, Codec>>)[id]
  if (codec) return codec
  throw new BackupError('unsupported', `Codec number ${id} is not known to this version.`)
}
