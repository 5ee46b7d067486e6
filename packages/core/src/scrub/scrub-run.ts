import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { nameInKey } from '../format/names.ts'
import { snapshotsThatNeed } from '../read/check-structure.ts'
import { withLanes } from '../read/verify-run.ts'
import type { ReplicatedProvider } from '../replicate/replicated.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { heal } from './heal.ts'
import type { ScrubReport, ScrubbedPlace } from './report.ts'
import { type PlaceScrub, cannotBeOpened, scrubPlace } from './scrub-place.ts'
import { forgetOpened, keepScrubState, loadScrubState, shareScrubState } from './state.ts'

export type { ScrubReport, ScrubbedPlace } from './report.ts'

export interface ScrubOptions {
  /** For each place. */
  readonly budgetBytes?: number
  readonly workers: number
  readonly clock: () => Date
}

/** Looks at a part of what is stored, with each provider on its own. */
export async function scrubRun(repository: Repository, context: RunContext, options: ScrubOptions): Promise<ScrubReport> {
  const startedAt = performance.now()
  const { signal } = context
  const { clock } = options
  await repository.refresh({ signal })
  const state = await loadScrubState(repository, { signal })
  const healed: { location: string; key: string }[] = []
  const places: ScrubbedPlace[] = []
  const failures: unknown[] = []
  let openedPacks = 0
  const base = { repository, context, state, healed, clock, budgetBytes: options.budgetBytes, onOpened: () => openedPacks++ }
  try {
    await withLanes(repository, options.workers, async (lanes) => {
      for (const provider of placesOf(repository.provider)) {
        const scrub: PlaceScrub = { ...base, lanes, provider, isWaiting: (key) => isWaiting(repository.provider, provider, key) }
        const place = await scrubPlace(scrub)
        places.push(place.report)
        if (place.failure !== undefined) failures.push(place.failure)
      }
    })
  } finally {
    await keepScrubState(repository, state, clock()).catch((error: Error) =>
      context.warn(`What was looked at is not remembered here: ${error.message}`, 'The next scrub looks at it again.'),
    )
  }
  if (failures.length > 0 && failures.length === places.length) throw failures[0]
  if (failures.length === 0) forgetOpened(state)
  const hopeless = await withoutGoodCopy(repository, state.damaged.values(), context)
  const users = await snapshotsThatNeed(repository, context, hopeless)
  state.snapshots = [...new Set([...users.values()].flat())].sort()
  await share(repository, context, state, clock())
  return {
    ok: state.damaged.size === 0,
    places,
    openedPacks,
    healed,
    damaged: [...state.damaged.values()].map((damage) => ({ ...damage, snapshots: users.get(damage.key) ?? [] })),
    durationMs: Math.round(performance.now() - startedAt),
  }
}

function placesOf(provider: BackupProvider | ReplicatedProvider): readonly BackupProvider[] {
  return 'inUse' in provider ? provider.inUse() : [provider]
}

/** What a provider is known to lack is on its way there. */
function isWaiting(whole: BackupProvider | ReplicatedProvider, { location }: BackupProvider, key: string): boolean {
  return 'holds' in whole && !whole.holds(location, key)
}

/** Damaged here and sound there is no loss. */
async function withoutGoodCopy(repository: Repository, damaged: Iterable<{ readonly key: string; readonly kind: string }>, { signal }: RunContext): Promise<string[]> {
  const keys = new Set<string>()
  for (const { key, kind } of damaged) {
    if (nameInKey(key) === undefined || keys.has(key)) continue
    // What is what its name says, and still cannot be opened, is so everywhere.
    const isGood = kind === cannotBeOpened ? false : await heal(repository, key, { signal })
    if (isGood === false) keys.add(key)
  }
  return [...keys]
}

async function share(repository: Repository, context: RunContext, state: Parameters<typeof shareScrubState>[1], now: Date): Promise<void> {
  try {
    await shareScrubState(repository, state, now, { signal: context.signal })
  } catch (error) {
    if (!BackupError.is(error) || error.kind === 'cancelled') throw error
    context.warn(`What was looked at is not known to other machines: ${error.message}`, error.hint)
  }
}

