import { capabilitiesOf } from '../contract/provider.ts'
import { throwIfAborted } from '../errors.ts'
import { checkName, nameInKey, packKey } from '../format/names.ts'
import { readNamed } from '../repository/objects.ts'
import { type Verification, note } from './verification.ts'

/** Every pack against the hash in its name: as told by the provider, or by reading it. */
export async function checkHashes(verification: Verification): Promise<void> {
  const { repository, context } = verification
  const { provider, catalog, runtime } = repository
  const vouches = capabilitiesOf(provider).serverHash === 'sha256'
  context.phase('check', [...catalog.packs.values()].reduce((sum, { size }) => sum + size, 0))
  for (const { name, size } of catalog.packs.values()) {
    throwIfAborted(context.signal, 'verifying')
    const key = packKey(name)
    try {
      const told = vouches ? (await provider.stat(key, { signal: context.signal }))?.sha256 : undefined
      if (told === undefined) await readNamed(provider, runtime.crypto, key, { signal: context.signal })
      else checkName(nameInKey(key)!, told, key, provider.name)
      verification.checkedBytes += size
    } catch (error) {
      note(verification, key, error, [...(verification.users.get(name) ?? [])])
    }
    context.meter.done(size)
  }
}
