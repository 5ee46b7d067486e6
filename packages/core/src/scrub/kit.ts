import { BackupError } from '../errors.ts'
import { restorePrefix } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { restoreKit } from '../restore-kit/restore-kit.ts'
import type { PlaceScrub } from './scrub-place.ts'
import { damageId } from './state.ts'

/** Files of the restore kit have no hash in their names; the format object has them. Where this software has the same file, it puts it back. */
export async function checkKitFile({ repository, context, provider, state, healed }: PlaceScrub, key: string): Promise<void> {
  const { crypto } = repository.runtime
  const { signal } = context
  const { location } = provider
  const file = key.slice(`${restorePrefix}1/`.length)
  const expected = repository.format.restore[file]
  // Somebody else's, or removed meanwhile.
  if (expected === undefined) return
  const found = await provider.get(key, { signal }).catch((error: unknown) => {
    if (BackupError.is(error, 'not-found')) return undefined
    throw error
  })
  const id = damageId({ location, key })
  if (!found || nameOf(crypto, found) === expected) return void state.damaged.delete(id)
  const own = (await restoreKit())[file]
  if (own && nameOf(crypto, own) === expected) {
    await provider.delete(key, { signal })
    await putConfirmed(provider, key, own, expected, { signal })
    healed.push({ location, key })
    context.emit({ type: 'copy-healed', location, key })
    state.damaged.delete(id)
    return
  }
  const message = `${key} is not what it was when the repository was made.`
  state.damaged.set(id, { location, key, kind: 'corrupt', message })
  context.warn(`${location}: ${message}`, 'Copy it from another copy of the repository: it restores without this software.')
}
