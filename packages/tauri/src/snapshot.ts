import { BackupError, type SourceContext, type SourceSnapshot, throwIfAborted } from '@backup/core'
import { mkdir } from '@tauri-apps/plugin-fs'
import { openDatabase } from './database.ts'
import { filesOf } from './files.ts'
import { headerBytes, readHeader } from './header.ts'
import { rustError } from './rust-error.ts'

export const stream = 'database'
const sliceBytes = 1024 * 1024

/**
 * A copy that SQLite makes with one statement: the plugin has several connections, and nobody knows which of them a statement gets, so a
 * lock or a transaction of several statements cannot be had. In WAL mode nobody waits for it.
 */
export async function openSnapshot(address: string, folder: string, { signal }: SourceContext): Promise<SourceSnapshot> {
  throwIfAborted(signal, 'opening a database')
  const files = filesOf()
  const path = `${folder}/copy-${randomName()}.db`
  try {
    await mkdir(folder, { recursive: true })
    await (await openDatabase(address)).execute('VACUUM INTO $1', [path])
    throwIfAborted(signal, 'copying a database')
    const size = (await files.look(path))?.size ?? 0
    const { pageSize, pageCount } = readHeader(await files.read(path, 0, headerBytes), size)
    let left = size
    return {
      async *streams() {
        yield { name: stream, content: { kind: 'bytes', size, read } }
        async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
          left = size
          for (let at = 0; at < size; at += sliceBytes) {
            throwIfAborted(signal, 'reading a database')
            const bytes = await files.read(path, at, Math.min(sliceBytes, size - at)).catch((error: unknown) => {
              throw rustError(error, `read the copy of ${address}`, address, 'source')
            })
            left -= bytes.length
            yield bytes
          }
        }
      },
      async finish() {
        throwIfAborted(signal, 'reading a database')
        return { complete: left === 0, pageSize, pageCount }
      },
      close: () => files.remove(path),
    }
  } catch (error) {
    await files.remove(path).catch(() => {})
    if (BackupError.is(error, 'corrupt')) throw new BackupError('source', error.message, { plugin: 'tauri', key: address, cause: error })
    throw rustError(error, `copy ${address}`, address, 'source')
  }
}

export function randomName(): string {
  const { crypto } = globalThis as unknown as { crypto: { getRandomValues(bytes: Uint8Array): Uint8Array } }
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
