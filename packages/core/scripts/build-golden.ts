import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { passphrase, rawKey } from '../src/index.ts'
import { restoreKit } from '../src/restore-kit/restore-kit.ts'
import { chained, chapter, disk, large, shop } from './golden/contents.ts'
import { goldenWriter } from './golden/write-golden.ts'

/**
 * Made the golden repositories in `test/golden/v1`. They stand for everything that was ever written in version 1 of the format: what
 * reads them today has to read them for ever. So they are never made again, and this program refuses to touch what is there. A new
 * version, or a feature that these do not have, gets new ones beside them.
 */
const folder = fileURLToPath(new URL('../test/golden/v1', import.meta.url))

/** As cheap as the standard allows. */
const cheap = { memoryKiB: 256, passes: 1, lanes: 4 }

const makers: Readonly<Record<string, (place: string) => Promise<void>>> = {
  async 'aes-passphrase'(place) {
    const words = 'correct horse battery staple'
    const writer = await goldenWriter(place, { suite: 'aes-256-gcm', keys: passphrase(words, cheap), kit: await restoreKit() })
    await writer.take('first', shop[0]!)
    await writer.take('second', shop[1]!)
    writer.finish('AES-256-GCM, a passphrase through Argon2id, everything as it comes by default, with the restore program of its day.', { passphrase: words })
  },

  async 'xchacha-raw-key'(place) {
    const keyHex = '6b'.repeat(32)
    const writer = await goldenWriter(place, { suite: 'xchacha20-poly1305', keys: rawKey(bytesOf('1f'.repeat(32))), kit: {} })
    await writer.take('before the rotation', disk[0]!)
    await writer.rotate(rawKey(bytesOf(keyHex)))
    await writer.take('after it', disk[1]!)
    await writer.take('grown', disk[2]!)
    await writer.take('shrunk', disk[3]!)
    writer.finish('XChaCha20-Poly1305, a raw key, two key epochs, pages of which the last is not full.', { keyHex })
  },

  async 'every-form'(place) {
    const words = 'Zu\u0308rich fine'
    const writer = await goldenWriter(place, { suite: 'aes-256-gcm', keys: passphrase(words, cheap), kit: {} })
    for (const compression of ['store', 'gzip', 'lz4', 'zstd'] as const) await writer.take(compression, chained(0, chapter(compression)), { compression })
    for (let step = 1; step <= 10; step++) await writer.take(`step ${step}`, chained(step), { deltas: true })
    await writer.dieBeforeCommit(chained(10, chapter('adopted')))
    await writer.take('adopted', chained(10, chapter('adopted')), { deltas: true })
    await writer.take('large', large, { compression: 'zstd' })
    // Last, because not every runtime reads it.
    await writer.take('brotli', chapter('brotli'), { compression: 'brotli' })
    writer.finish(
      'All codecs, chains of deltas, streams of bytes and of pages, lists of up to three levels, a commit whose table of contents is in its pack.',
      { passphrase: words },
    )
  },
}

for (const [name, make] of Object.entries(makers)) {
  const place = join(folder, name)
  if (existsSync(place)) console.log(`${name} is there, and stays as it is.`)
  else await make(place)
}

const { goldenNames, readGolden } = await import('../test/golden.ts')
console.log('\nFor the table in test/golden.test.ts:')
for (const name of goldenNames) console.log(`  '${name}': '${readGolden(name).sha256}',`)

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
