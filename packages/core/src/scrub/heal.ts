import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Repository } from '../repository/repository.ts'

/**
 * Replaces damaged copies by a good one, where there is one.
 *
 * @returns whether there is a good copy now; `undefined` when nobody has one who could be asked, and somebody could not: then nothing is
 * lost yet, and the next scrub asks again
 */
export async function heal({ provider }: Repository, key: string, { signal }: CallOptions): Promise<boolean | undefined> {
  try {
    return (await provider.heal?.(key, signal ? { signal } : {})) ?? false
  } catch (error) {
    if (!BackupError.is(error) || error.kind === 'cancelled') throw error
    return undefined
  }
}
