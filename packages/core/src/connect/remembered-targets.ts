import type { BackupProvider } from '../contract/provider.ts'
import type { Runtime, StateStore } from '../contract/runtime.ts'
import type { BackupConfig } from '../config.ts'
import { BackupError } from '../errors.ts'
import { hex, utf8 } from '../format/text.ts'

/** Local state knows which places hold a repository: the only way to tell an unmounted disk from a new one. */
export interface RememberedTargets {
  /** The repository that a place is known to hold. */
  recall(place: Pick<BackupProvider, 'location'>): Promise<string | undefined>
  /** Never fails: who can be restored from, and whose recovery code was just made, matters more than a note of it. */
  remember(repository: string, locations: readonly string[], warn: (message: string, hint: string) => void): Promise<void>
}

export function rememberedTargets(runtime: Runtime, { state }: BackupConfig): RememberedTargets {
  const itemOf = (location: string): string => `target-${hex(runtime.crypto.sha256(utf8(location))).slice(0, 32)}`
  const open = (): Promise<StateStore> => runtime.openState('targets', state)
  return {
    async recall({ location }) {
      const store = await open().catch((error: unknown) => {
        // The warning comes with `remember`.
        if (state === undefined && BackupError.is(error)) return undefined
        throw error
      })
      const bytes = await store?.read(itemOf(location))
      return bytes && new TextDecoder().decode(bytes)
    },
    async remember(repository, locations, warn) {
      try {
        const store = await open()
        for (const location of locations) await store.write(itemOf(location), utf8(repository))
      } catch (error) {
        if (!BackupError.is(error)) throw error
        warn(
          `Local state could not be written: ${error.message}`,
          `Until it can, nobody notices if ${locations.join(' or ')} is empty one day because a disk is not mounted.`,
        )
      }
    },
  }
}

/** A place that is known to hold a repository is never made anew: the disk is not mounted, or the folder was lost. */
export function createdOnce(provider: BackupProvider, targets: RememberedTargets): BackupProvider {
  return {
    ...provider,
    open: async (options) => provider.open({ ...options, create: options.create === true && (await targets.recall(provider)) === undefined }),
  }
}
