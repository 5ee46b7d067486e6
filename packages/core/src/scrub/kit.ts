import { BackupError } from '../errors.ts'
import { restorePrefix } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { restoreKit } from '../restore-kit/restore-kit.ts'
import type { PlaceScrub } from './scrub-place.ts'
import { damageId } from './state.ts'

/**
 * Files of the restore kit have no hash in their names, and may be of another version than this software. So what they were when they were
 * first seen is what they must be; where this software has the same ones, it puts them back.
 */
export async function checkKitFile({ repository, context, provider, state, healed }: PlaceScrub, key: string): Promise<void> {
  const { crypto } = repository.runtime
  const { signal } = context
  const { location } = provider
  const found = await provider.get(key, { signal }).catch((error: unknown) => {
    if (BackupError.is(error, 'not-found')) return undefined
    throw error
  })
  if (!found) return
  const sha256 = nameOf(crypto, found)
  const expected = state.kit.get(key) ?? sha256
  state.kit.set(key, expected)
  const id = damageId({ location, key })
  if (sha256 === expected) return void state.damaged.delete(id)
  const own = (await restoreKit())[key.slice(`${restorePrefix}1/`.length)]
  if (own && nameOf(crypto, own) === expected) {
    await provider.delete(key, { signal })
    await putConfirmed(provider, key, own, expected, { signal })
    healed.push({ location, key })
    state.damaged.delete(id)
    return
  }
  const message = `${key} is not what it was when it was first looked at.`
  state.damaged.set(id, { location, key, kind: 'corrupt', message })
  context.warn(`${location}: ${message}`, 'Copy it from another copy of the repository: it restores without this software.')
}
