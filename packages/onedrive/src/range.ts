import { BackupError, type ByteRange } from '@backup/core'
import { lengthOf } from './read-body.ts'

/** @throws `range` for numbers that no object can have */
export function wantedRange(key: string, range: ByteRange): ByteRange {
  const { offset, length } = range
  if (Number.isSafeInteger(offset + length) && Number.isSafeInteger(offset) && offset >= 0 && length >= 0)
    return range
  throw outside(key, range)
}

/**
 * Looks at an answer before its body is read. A server that cuts the range short says so; one that passes
 * over it sends the whole object.
 *
 * @throws `range`, `transient` when bytes are missing, `permanent` when they are others
 */
export function checkRange(key: string, range: ByteRange, status: number, headers: Headers): void {
  const { first, last, size } =
    /^bytes (?<first>\d+)-(?<last>\d+)\/(?<size>\d+|\*)$/.exec(headers.get('content-range') ?? '')?.groups ??
    {}
  const { offset, length } = range
  if (status === 206 && Number(first) === offset) {
    if (Number(size) < offset + length) throw outside(key, range, Number(size))
    const bytes = lengthOf({ headers, status })
    if (Number(last) === offset + length - 1 && (bytes ?? length) === length) return
    if (Number(last) === offset + length - 1) throw cutShort(key, range, bytes)
  }
  throw new BackupError(
    'permanent',
    `The server sent something else than the bytes of ${key} that were asked for.`,
    {
      plugin: 'onedrive',
      key,
      hint: 'Look for a proxy between this machine and OneDrive that does not understand ranges.',
    },
  )
}

export function outside(key: string, { offset, length }: ByteRange, size?: number): BackupError {
  const has = size === undefined ? 'the object does not reach that far' : `it has ${size} bytes`
  return new BackupError('range', `Cannot read ${length} bytes of ${key} from ${offset}: ${has}.`, {
    plugin: 'onedrive',
    key,
  })
}

export function cutShort(key: string, { length }: ByteRange, bytes = 0): BackupError {
  const message = `The answer for ${key} has ${bytes} bytes instead of ${length}.`
  return new BackupError('transient', message, { plugin: 'onedrive', key })
}
