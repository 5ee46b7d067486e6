import { BackupError } from '@backup/core'
import type { Purpose } from './request.ts'

/** Fewer bytes than this are no sign of life: a server that lets them trickle would never end. */
const lifeBytes = 16 * 1024

/** Whole or not at all. Without a known length the end of the answer is the end. */
export async function readBody(
  response: Response,
  request: Purpose,
  largestBytes: number,
  alive: () => void,
): Promise<Uint8Array> {
  const length = lengthOf(response)
  if (length !== undefined && length > largestBytes) throw tooLong(request, length)
  // Not pooled and not zeroed first: every byte is overwritten, or nothing is returned.
  const raw = length === undefined ? undefined : Buffer.allocUnsafeSlow(length)
  const parts: Uint8Array[] = []
  let filled = 0
  let unnoticed = 0

  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (filled + part.length > (length ?? largestBytes)) throw tooLong(request, filled + part.length)
    if (raw) raw.set(part, filled)
    else parts.push(part)
    filled += part.length
    unnoticed += part.length
    if (unnoticed < lifeBytes) continue
    unnoticed = 0
    alive()
  }
  if (!raw) return new Uint8Array(Buffer.concat(parts))
  if (filled < raw.length) throw cutShort(request, filled, raw.length)
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.length)
}

/** Of the body as it is read; of a compressed one nobody knows. */
export function lengthOf({ headers, status }: Pick<Response, 'headers' | 'status'>): number | undefined {
  if (status === 204 || status === 304) return 0
  const header = headers.get('content-length')
  return header === null || headers.has('content-encoding') || !/^\d+$/.test(header)
    ? undefined
    : Number(header)
}

function tooLong({ doing, key }: Purpose, bytes: number): BackupError {
  const message = `Cannot ${doing}: the answer has ${bytes} bytes or more, too many for what was asked.`
  return new BackupError('transient', message, { plugin: 'onedrive', key })
}

function cutShort({ doing, key }: Purpose, got: number, wanted: number): BackupError {
  const message = `Cannot ${doing}: the answer has ${got} bytes instead of ${wanted}.`
  return new BackupError('transient', message, { plugin: 'onedrive', key })
}
