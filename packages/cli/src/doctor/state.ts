import type { BackupConfig } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { type Check, ok, warn } from './check.ts'

/** Can local state be kept? The runtime makes the same folder for notes about uploads, so nothing is left that was not there. */
export async function checkState({ state }: BackupConfig): Promise<Check> {
  try {
    await nodeRuntime.openState('uploads', state)
    return ok(`local state can be kept${state === undefined ? '' : ` in ${state}`}`)
  } catch (error) {
    return warn(
      `There is no place for local state: ${(error as Error).message}`,
      'Name a folder in option "state" that can be written to. Until then every run reads everything again.',
    )
  }
}
