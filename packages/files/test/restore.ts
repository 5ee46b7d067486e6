import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { files } from '../src/index.ts'

// Restores a snapshot, given as the files of its two streams, over a tree; to be killed at any moment.

const [root = '', streams = ''] = process.argv.slice(2)
const sink = await files(root).restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
for (const name of sink.select?.(['content', 'manifest']) ?? []) {
  const bytes = new Uint8Array(readFileSync(join(streams, name)))
  const target = await sink.open({ name, size: bytes.length })
  if (target.kind === 'bytes') await target.write(bytes)
  if (target.kind === 'scattered') {
    for (let offset = 0; offset < bytes.length; offset += 65_536) {
      const piece = bytes.slice(offset, offset + 65_536)
      await target.write(piece, [{ offset, start: 0, length: piece.length }])
    }
  }
  if (target.kind !== 'file') await target.end()
}
process.stdout.write('ready\n')
await sink.commit()
