import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type FormatObject, decodeFormatObject } from '../format/format-object.ts'
import { formatPrefix } from '../format/names.ts'
import { listNamed, readNamed } from './objects.ts'

/**
 * Finds the one format object.
 *
 * @throws `not-a-repository` when there is none; `corrupt` when there are several, that is, two repositories in one place.
 */
export async function readFormat(provider: BackupProvider, crypto: Crypto, options: CallOptions): Promise<FormatObject> {
  const keys = await listNamed(provider, formatPrefix, options)
  const [key, second] = keys
  if (key === undefined) {
    throw new BackupError('not-a-repository', `${provider.location} is there, but holds no repository.`, { plugin: provider.name })
  }
  if (second !== undefined) {
    throw new BackupError('corrupt', `${provider.location} holds ${keys.length} format objects: repositories were mixed.`, {
      plugin: provider.name,
      key: second,
      hint: 'Move the objects of each repository to a place of its own. Nothing was changed.',
    })
  }
  return decodeFormatObject(await readNamed(provider, crypto, key, options))
}
