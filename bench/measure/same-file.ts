import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** Fails unless both files hold the same bytes: a restore that is not exact is not measured. */
export async function expectSameFile(path: string, expected: string): Promise<void> {
  const [is, should] = await Promise.all([sha256(path), sha256(expected)])
  if (is !== should) throw new Error(`${path} differs from ${expected}`)
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
