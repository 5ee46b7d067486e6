import type { BackupProvider, GetOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'

/**
 * Packs may be removed while they are read: what is needed of them was gathered in others before (FORMAT.md §21), and a repository that is
 * opened anew knows where. Readers have no session, for they may have no right to write; so they look again.
 */

/** Opens the repository anew: it then knows of what is there, and of nothing else. */
export type Reopen = () => Promise<Repository>

/** A pack that is read from now has been announced for removal by nobody, and stays for three days at least: FORMAT.md §21, `G`. */
export const mostAttempts = 5

const lacking = new WeakMap<Error, ObjectName>()

/** Bytes of a pack. */
export async function getFromPack(provider: BackupProvider, pack: ObjectName, options: GetOptions): Promise<Uint8Array> {
  try {
    return await provider.get(packKey(pack), options)
  } catch (error) {
    // Not always `not-found`: of several providers that lack it, one may be out of reach.
    if (BackupError.is(error)) lacking.set(error, pack)
    throw error
  }
}

/** Opens the repository anew if what failed is that a pack was removed, which nobody names any more. */
export async function reopenedAfter(error: unknown, reopen: Reopen): Promise<Repository | undefined> {
  const pack = error instanceof Error ? lacking.get(error) : undefined
  if (pack === undefined || BackupError.is(error, 'cancelled')) return undefined
  const repository = await reopen().catch(() => undefined)
  // One that is still named is lost, and would be missed again.
  return repository?.catalog.packs.has(pack) ? undefined : repository
}

/** Does something that reads packs, and does it again from the beginning when one was removed meanwhile. */
export async function whilePacksGo<Result>(
  first: Repository,
  reopen: Reopen,
  warn: RunContext['warn'],
  work: (repository: Repository) => Promise<Result>,
): Promise<Result> {
  let repository = first
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(repository)
    } catch (error) {
      const reopened = attempt < mostAttempts && (await reopenedAfter(error, reopen))
      if (!reopened) throw error
      warn(`A pack was removed while it was read: ${(error as BackupError).message}`, 'What is needed of it was gathered in others; it is read from there, from the beginning.')
      repository = reopened
    }
  }
}

/**
 * The same for what is told piece by piece: what was told is not told again.
 *
 * @param begin with so many bytes or pieces left out, by `sizeOf`
 */
export async function* resumedWhilePacksGo<Item>(
  first: Repository,
  reopen: Reopen,
  sizeOf: (item: Item) => number,
  begin: (repository: Repository, told: number) => AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  let repository = first
  let told = 0
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const item of begin(repository, told)) {
        told += sizeOf(item)
        yield item
      }
      return
    } catch (error) {
      const reopened = attempt < mostAttempts && (await reopenedAfter(error, reopen))
      if (!reopened) throw error
      repository = reopened
    }
  }
}
