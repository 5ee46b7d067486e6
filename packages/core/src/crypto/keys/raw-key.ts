import type { KeyProvider } from '../../contract/key.ts'
import { contract } from '../../contract/version.ts'
import { BackupError } from '../../errors.ts'
import { keyLength } from '../suites.ts'

/**
 * Opens the repository with a key that a program made and keeps: 32 random bytes.
 *
 * @throws `config` unless there are exactly 32 bytes. A passphrase as bytes is no key: use `passphrase()`.
 *
 * @example
 * ```ts
 * createBackup({ source, providers, keys: rawKey(await keychain.read('backup')) })
 * ```
 */
export function rawKey(bytes: Uint8Array): KeyProvider {
  if (!ArrayBuffer.isView(bytes) || bytes.byteLength !== keyLength || bytes.length !== keyLength) {
    throw new BackupError(
      'config',
      `rawKey() needs exactly ${keyLength} bytes, for instance from a secure random source.`,
      {
        key: 'keys',
      },
    )
  }
  const key = Uint8Array.from(bytes)

  return {
    contract,
    name: 'raw-key',
    slotKind: 'raw',
    async create() {
      return { kdf: { name: 'raw' }, key: key.slice() }
    },
    async derive({ name }) {
      if (name === 'raw') return key.slice()
      throw new BackupError('unsupported', `A raw slot uses the key derivation "${name}".`)
    },
  }
}
