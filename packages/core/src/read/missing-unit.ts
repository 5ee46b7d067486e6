import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { hex } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'

/** By what was thrown: the id of the unit. */
const missing = new WeakMap<BackupError, Uint8Array>()

/** What is thrown when the unit whose id is at `at` of `ids` is in none of the packs that are known. */
export function missingUnit(ids: Uint8Array, at: number): BackupError {
  const error = new BackupError('corrupt', `Unit ${hex(ids.subarray(at, at + 4))}… is in no pack of this repository.`, {
    hint: 'A pack or commit is missing. Copy it back from another copy of the repository; verify tells which snapshots are whole.',
  })
  missing.set(error, ids.slice(at, at + idLength))
  return error
}

/** The id of the unit that is in no pack that is known, if that is what went wrong. */
export function missingIn(error: unknown): Uint8Array | undefined {
  return BackupError.is(error) ? missing.get(error) : undefined
}

/**
 * Does something for which units are looked up, and once more if one is missing and there are packs that no commit names: the commit
 * that named them may have been removed (FORMAT.md §15.4). Everything that reads a snapshot begins here.
 */
export async function lookingEverywhere<Result>(repository: Repository, options: CallOptions, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!missingIn(error) || !(await repository.adoptUnnamed(options))) throw error
    return work()
  }
}
