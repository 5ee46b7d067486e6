import type { CallOptions } from '../contract/provider.ts'
import { type Commit, decodeCommit } from '../format/commit.ts'
import { openRecord } from '../format/tail.ts'
import type { Entered } from './enter.ts'
import { readNamed } from './objects.ts'

/** @throws `corrupt`, `unsupported`, `key`; whatever the provider throws */
export async function readCommit({ provider, runtime, tails }: Entered, key: string, options: CallOptions): Promise<Commit> {
  const bytes = await readNamed(provider, runtime.crypto, key, options)
  return decodeCommit(await openRecord(tails, bytes))
}
