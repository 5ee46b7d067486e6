import type { Crypto } from '../../contract/runtime.ts'
import type { KdfParameters } from '../../contract/key.ts'
import { BackupError } from '../../errors.ts'

/** Bounds of FORMAT.md §5.2. */
const saltLength = 16
const maxSaltLength = 1024

export function freshSalt(crypto: Crypto): { readonly bytes: Uint8Array; readonly text: string } {
  const bytes = crypto.random(saltLength)
  return { bytes, text: btoa(String.fromCharCode(...bytes)) }
}

/** @throws `corrupt` when the slot's salt is missing, too short or too long, or not base64. */
export function readSalt(kdf: KdfParameters): Uint8Array {
  const { salt } = kdf
  if (typeof salt !== 'string') {
    throw new BackupError('corrupt', `A slot's key derivation (${kdf.name}) has no salt.`)
  }
  let binary: string
  try {
    binary = atob(salt)
  } catch (cause) {
    throw new BackupError('corrupt', `The salt of a slot's key derivation (${kdf.name}) is not base64.`, {
      cause,
    })
  }
  if (binary.length < saltLength || binary.length > maxSaltLength) {
    throw new BackupError(
      'corrupt',
      `The salt of a slot's key derivation (${kdf.name}) has ${binary.length} bytes.`,
    )
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
