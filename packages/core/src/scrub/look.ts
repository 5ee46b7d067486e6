import { type BackupProvider, type CallOptions, type ListedObject, capabilitiesOf } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { checkName, nameInKey } from '../format/names.ts'
import { nameOf } from '../repository/objects.ts'

export interface LookOptions extends CallOptions {
  readonly provider: BackupProvider
  readonly crypto: Crypto
  /** Read it even where the provider vouches for it. */
  readonly read: boolean
}

/**
 * Is one copy of an object what its name says? What seems damaged is read once more: memory and networks make mistakes too.
 *
 * @returns the bytes, where they had to be read; nothing where the provider vouches for them with their SHA-256
 * @throws `corrupt`, `not-found` or `range` for what is not as it should be; whatever the provider throws
 */
export async function look(object: Pick<ListedObject, 'key' | 'sha256'>, options: LookOptions): Promise<Uint8Array | undefined> {
  try {
    return await lookOnce(object, options)
  } catch (error) {
    if (!BackupError.is(error, 'corrupt', 'range')) throw error
    return lookOnce({ key: object.key }, { ...options, read: true })
  }
}

async function lookOnce({ key, sha256 }: Pick<ListedObject, 'key' | 'sha256'>, options: LookOptions): Promise<Uint8Array | undefined> {
  const { provider, crypto, read, signal } = options
  const call = signal ? { signal } : {}
  const expected = nameInKey(key)!
  if (!read && capabilitiesOf(provider).serverHash === 'sha256') {
    const told = sha256 ?? (await provider.stat(key, call))?.sha256
    if (told !== undefined) {
      checkName(expected, told, key, provider.name)
      return undefined
    }
  }
  const bytes = await provider.get(key, call)
  checkName(expected, nameOf(crypto, bytes), key, provider.name)
  return bytes
}
