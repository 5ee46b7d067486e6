import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BackupError } from '@backup/core'
import { local } from '../src/index.ts'
import { all, packKey } from './scratch.ts'

// Puts objects into a folder until one is refused, and tells what it found then.

const [root = '', size = ''] = process.argv.slice(2)
const provider = local(root)
await provider.open({ create: true })

const bodies = new Map<string, Buffer>()
let refused: { kind: string; key: string; message: string } | undefined

while (!refused) {
  const body = randomBytes(Number(size))
  const key = packKey(body)
  try {
    await provider.put(key, body)
    bodies.set(key, body)
  } catch (error) {
    if (!BackupError.is(error)) throw error
    refused = { kind: error.kind, key, message: error.message }
  }
}

const listed = await all(provider.list('packs/'))
const intact = await Promise.all(
  listed.map(async ({ key }) => bodies.get(key)?.equals(await provider.get(key)) ?? false),
)
const { freeBytes = -1, totalBytes = -1 } = (await provider.usage?.()) ?? {}
const leftovers = readdirSync(join(root, '.tmp'))
const isThere = (await provider.stat(refused.key)) !== undefined

const [first] = bodies.keys()
if (first) await provider.delete(first)
const small = randomBytes(1_000)
await provider.put(packKey(small), small)

process.stdout.write(
  JSON.stringify({
    refused,
    isThere,
    stored: bodies.size,
    listed: listed.length,
    intact: intact.every(Boolean),
    leftovers,
    freeBytes,
    totalBytes,
  }),
)
