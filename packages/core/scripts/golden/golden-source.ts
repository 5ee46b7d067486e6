import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BackupSource, BackupError, contract } from '../../src/index.ts'

/** One stream of a golden snapshot: bytes, or pages. */
export interface GoldenStream {
  readonly bytes: Uint8Array
  readonly pageBytes?: number
}

/** Hands out streams of both kinds. @param folder for the files that pages are read from */
export function goldenSource(folder: string, streams: () => Readonly<Record<string, GoldenStream>>): BackupSource {
  return {
    contract,
    name: 'golden',
    label: 'golden',
    async open() {
      const view = Object.entries(streams())
      return {
        async *streams() {
          for (const [name, { bytes, pageBytes }] of view) {
            const path = join(folder, name)
            if (pageBytes === undefined) {
              yield { name, content: { kind: 'bytes', size: bytes.length, read: () => inPieces(bytes) } }
            } else {
              writeFileSync(path, bytes)
              yield { name, content: { kind: 'file', path, size: bytes.length, pageBytes } }
            }
          }
        },
        finish: async () => ({ complete: true, streams: view.length }),
        close: async () => {},
      }
    },
    async restore() {
      throw new BackupError('unsupported', 'Golden repositories are restored by tests.')
    },
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.slice(at, at + 100_000)
}
