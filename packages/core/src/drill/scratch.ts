import type { BackupSource, RestoredPlace } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import type { Repository } from '../repository/repository.ts'
import { isLivePlace } from '../source/live-place.ts'
import type { RunContext } from '../track/run.ts'
import type { DrillReport } from './report.ts'

/** Where a drill restores to. */
export interface DrillPlace {
  readonly to: string
  /** Takes away what came to be there; never fails, but says so when it could not. */
  clear(restored: RestoredPlace | undefined): Promise<DrillReport['scratch']>
}

export interface DrillPlaceOptions {
  readonly source: BackupSource
  readonly to?: string
  readonly keep: boolean
}

/**
 * A private folder of its own, or the place that was asked for.
 *
 * @throws `config` for the live place, or one that could not be cleared; `unsupported` without a folder
 */
export async function drillPlace({ state }: Repository, context: RunContext, options: DrillPlaceOptions): Promise<DrillPlace> {
  const { source, to, keep } = options
  const cannotClear = (path: string, error: unknown): 'left' => {
    context.warn(`A copy of the data, not encrypted, was left behind: ${(error as Error).message}`, `Remove ${path} yourself.`)
    return 'left'
  }
  if (to !== undefined) {
    await refuseLive(source, to)
    const { discard } = source
    if (!keep && !discard) throw wrong('to', `"${source.name}" cannot clear ${to} after a drill.`, 'Leave out "to", or set "keep" and remove the data yourself.')
    return {
      to,
      async clear(restored) {
        if (!restored) return 'none'
        if (keep) return 'kept'
        return discard!(restored).then(() => 'removed' as const, (error: unknown) => cannotClear(restored.place, error))
      },
    }
  }
  if (keep) throw wrong('keep', 'What a drill restores can only be kept in a place that is named.', 'Say where, with "to".')
  const folder = await state.temporaryFolder?.()
  if (!folder) {
    throw new BackupError('unsupported', 'There is no local folder for a drill.', {
      hint: 'Use the Node runtime and a folder in option "state" that can be written to, or name a place with "to".',
    })
  }
  return {
    to: `${folder.path}/restored`,
    clear: () => folder.remove().then(() => 'removed' as const, (error: unknown) => cannotClear(folder.path, error)),
  }
}

async function refuseLive(source: BackupSource, to: string): Promise<void> {
  if (!(await isLivePlace(source, to))) return
  throw wrong('to', `${to} is where the live data is (${source.label}). A drill never touches that.`, 'Name another place, or leave out "to".')
}

function wrong(option: string, message: string, hint: string): BackupError {
  return new BackupError('config', message, { key: option, hint })
}
