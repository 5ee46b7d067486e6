import type { Codec, CodecName } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'

/**
 * Levels of each codec, the same on every runtime.
 *
 * zstd has negative levels as well; Node's bindings take −1 for "not set", so they are left out.
 */
export const levels: Readonly<Record<CodecName, Codec['levels']>> = {
  store: { min: 0, max: 0, default: 0 },
  gzip: { min: 1, max: 9, default: 6 },
  brotli: { min: 0, max: 11, default: 4 },
  lz4: { min: 1, max: 1, default: 1 },
  zstd: { min: 1, max: 22, default: 3 },
}

/** @throws `config` when the codec has no such level. */
export function chosenLevel(codec: CodecName, level: number | undefined): number {
  const { min, max, default: usual } = levels[codec]
  if (level === undefined) return usual
  if (Number.isInteger(level) && level >= min && level <= max) return level
  throw new BackupError(
    'config',
    `Codec "${codec}" has levels from ${min} to ${max}, not ${String(level)}.`,
    {
      key: 'compression',
    },
  )
}
