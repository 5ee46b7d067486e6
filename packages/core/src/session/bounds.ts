import { BackupError } from '../errors.ts'
import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'

/**
 * How long things may take at worst, in milliseconds. That nothing is removed which somebody still counts on rests on these, and each
 * allows for clocks that are a few minutes apart. All dangerous durations are here, and nowhere else: FORMAT.md §21.
 */
export interface Bounds {
  /** An object may be missing from listings so long after it was stored, and linger in them so long after it was removed. */
  readonly listMs: number
  /** A request may be carried out so long after it was given up. */
  readonly lateMs: number
  /** A session lasts so long. Nothing is committed after that, however long the machine slept. */
  readonly lifeMs: number
  /** Between the announcement that a pack will be removed and its removal. */
  readonly graceMs: number
  /** After the grace period it is removed within this time, or not at all. Longer than the time between two collections. */
  readonly windowMs: number
  /** A removed snapshot can be brought back for so long. */
  readonly undoMs: number
}

const hour = 3_600_000
const day = 24 * hour

export const defaultBounds: Bounds = {
  listMs: 2 * hour,
  lateMs: hour,
  lifeMs: day,
  graceMs: 3 * day,
  windowMs: 14 * day,
  undoMs: 7 * day,
}

/** @throws `config` when they contradict one another, or what the provider says about its listings. */
export function checkBounds(bounds: Bounds, provider: BackupProvider): void {
  for (const [name, value] of Object.entries(bounds)) {
    if (!Number.isFinite(value) || value < 0) throw wrong(`collection.${name}`, 'must be a number of milliseconds')
  }
  const { listMs, lateMs, lifeMs, graceMs, windowMs } = bounds
  const { listLagMs } = capabilitiesOf(provider)
  if (listMs < listLagMs) throw wrong('collection.listMs', `must be at least ${listLagMs}, the lag of listings at ${provider.location}`)
  if (graceMs < 2 * listMs + lateMs) throw wrong('collection.graceMs', `must be at least ${2 * listMs + lateMs}: twice listMs and lateMs`)
  if (lifeMs === 0 || windowMs === 0) throw wrong(lifeMs === 0 ? 'collection.lifeMs' : 'collection.windowMs', 'must be more than 0')
}

function wrong(key: string, why: string): BackupError {
  return new BackupError('config', `Option "${key}" ${why}.`, { key })
}
