import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { serveJob } from '../measure/serve-job.ts'

export type PipelineTask =
  | { step: 'backup'; from: string; to: string }
  | { step: 'restore'; from: string; to: string }
  | { step: 'verify'; from: string }

/** Argon2 or the like would have made it; that is not what is measured here. */
const KEY = Buffer.alloc(32, 7)
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

serveJob<PipelineTask>(async (task) => ({
  work() {
    if (task.step === 'backup') return store(task.from, task.to)
    return load(task.from, task.step === 'restore' ? createWriteStream(task.to) : nowhere())
  },
}))

/** A file of nonce, ciphertext and tag. */
async function store(from: string, to: string): Promise<void> {
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', KEY, nonce)
  const file = createWriteStream(to)
  file.write(nonce)
  await pipeline(createReadStream(from), createGzip(), cipher, file, { end: false })
  await new Promise<void>((resolve, reject) => {
    file.once('error', reject)
    file.end(cipher.getAuthTag(), resolve)
  })
}

async function load(from: string, to: Writable): Promise<void> {
  const file = await open(from)
  const { size } = await file.stat()
  const nonce = await bytesAt(file, 0, NONCE_LENGTH)
  const tag = await bytesAt(file, size - TAG_LENGTH, TAG_LENGTH)
  await file.close()
  const decipher = createDecipheriv('aes-256-gcm', KEY, nonce)
  decipher.setAuthTag(tag)
  const sealed = createReadStream(from, { start: NONCE_LENGTH, end: size - TAG_LENGTH - 1 })
  await pipeline(sealed, decipher, createGunzip(), to)
}

async function bytesAt(
  file: Awaited<ReturnType<typeof open>>,
  position: number,
  length: number,
): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer
}

function nowhere(): Writable {
  return new Writable({ write: (_bytes, _encoding, done) => done() })
}
