import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readPrivate, writePrivate } from './private-file.ts'

/** What this machine has in place of a passphrase, so that backups happen while nobody looks. */
export interface MachineKey {
  /** Opens the repository, beside the recovery code on paper. */
  readonly repository: Uint8Array
  /** Encrypts the sign-ins of accounts on this machine. */
  readonly tokens: Uint8Array
  /** For short secrets in the settings. */
  seal(text: string): string
  /** @throws when it was sealed with another key, or changed */
  unseal(sealed: string): string
}

/**
 * A key that is made at the first start, in a file that only this user can read. A shell that has the key store of the system hands over
 * one of its own instead: see `shells/`. Whoever has the key and the backups can read them, so the key never goes to where the backups go.
 */
export function machineKey(folder: string, given?: Uint8Array): MachineKey {
  const root = given ?? keyInFile(join(folder, 'machine.key'))
  if (root.length !== 32) throw new Error('The key of this machine must have 32 bytes.')
  const keyFor = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', root, '', `iron-store ${purpose}`, 32))
  const settings = keyFor('settings')
  return {
    repository: keyFor('repository'),
    tokens: keyFor('tokens'),
    seal(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', settings, nonce)
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', settings, bytes.subarray(0, 12))
      decipher.setAuthTag(bytes.subarray(-16))
      return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

function keyInFile(file: string): Uint8Array {
  const there = readPrivate(file)
  if (there !== undefined) return Buffer.from(there, 'base64')
  const key = randomBytes(32)
  writePrivate(file, key.toString('base64'))
  return key
}
