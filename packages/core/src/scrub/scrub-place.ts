import type { Lane } from '../contract/lane.ts'
import { type BackupProvider, type ListedObject, capabilitiesOf } from '../contract/provider.ts'
import { free } from '../codec/free.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { nameInKey, packKey, packPrefix, restorePrefix } from '../format/names.ts'
import { openWholePack } from '../read/check-data.ts'
import type { Repository } from '../repository/repository.ts'
import { inOurWords } from '../track/announcer.ts'
import { severalAtATime } from '../repository/several-at-a-time.ts'
import type { RunContext } from '../track/run.ts'
import { heal } from './heal.ts'
import { checkKitFile } from './kit.ts'
import { look } from './look.ts'
import type { ScrubbedPlace } from './report.ts'
import { type ScrubState, damageId, forgetOthers, keepScrubState, minutesOf, shortName } from './state.ts'

/** One provider, and what all of a scrub share. */
export interface PlaceScrub {
  readonly repository: Repository
  readonly context: RunContext
  readonly provider: BackupProvider
  readonly lanes: readonly Lane[]
  readonly state: ScrubState
  readonly healed: { readonly location: string; readonly key: string }[]
  readonly budgetBytes: number | undefined
  readonly clock: () => Date
  readonly onOpened: () => void
  /** Is it known that the provider does not have this object yet? */
  isWaiting(key: string): boolean
}

/** Kind of damage that no other copy can heal: what is what its name says cannot be opened. */
export const cannotBeOpened = 'unreadable'

/** A daily scrub comes to the end of all packs in a month. */
const dailyShare = 30
/** So often each pack is also opened, decoded and compared, in minutes. */
const openedLastsMinutes = 120 * 1440
/** What was looked at is kept that often, so that little is looked at twice after an interruption. */
const keptEvery = 32

/** Looks at what one provider holds. That it does not work is part of the report: others may. */
export async function scrubPlace(scrub: PlaceScrub): Promise<{ readonly report: ScrubbedPlace; readonly failure?: unknown }> {
  const { provider, context, state, repository } = scrub
  const { location } = provider
  const count = { objects: 0, packs: 0, checkedBytes: 0, readBytes: 0 }
  const packs = new Map<string, ListedObject>()
  let failure: unknown
  try {
    const small: ListedObject[] = []
    for await (const object of provider.list('', { signal: context.signal })) {
      if (object.key.startsWith(packPrefix)) packs.set(object.key, object)
      else if (nameInKey(object.key) !== undefined || object.key.startsWith(restorePrefix)) small.push(object)
    }
    for (const { name, size } of repository.catalog.packs.values()) {
      const key = packKey(name)
      if (!packs.has(key) && isNeeded(repository, name) && !scrub.isWaiting(key)) packs.set(key, { key, size })
    }
    forgetOthers(state, location, new Set([...packs.keys(), ...small.map(({ key }) => key)]))
    await checkSmall(scrub, small, count)
    await checkPacks(scrub, [...packs.values()], count)
  } catch (error) {
    if (BackupError.is(error, 'cancelled') || !BackupError.is(error)) throw error
    failure = error
    context.warn(`${location} was not looked at to the end: ${error.message}`, error.hint)
  }
  const report = { location, ...count, ...coverage(state, location, [...packs.values()]) }
  return failure === undefined ? { report } : { report: { ...report, problem: inOurWords(failure) }, failure }
}

type Count = Record<'objects' | 'packs' | 'checkedBytes' | 'readBytes', number>

/** Commits, slots, the format object, records, the restore kit: all of them, each time. */
async function checkSmall(scrub: PlaceScrub, objects: readonly ListedObject[], count: Count): Promise<void> {
  const { context } = scrub
  context.phase('check', objects.reduce((sum, { size }) => sum + size, 0))
  await severalAtATime(objects, capabilitiesOf(scrub.provider).smallConcurrency, async (object) => {
    throwIfAborted(context.signal, 'scrubbing')
    if (object.key.startsWith(restorePrefix)) await checkKitFile(scrub, object.key)
    else await checkCopy(scrub, object, count)
    count.objects++
    context.meter.done(object.size)
  })
}

/** Damaged ones first, then those that nobody has looked at for longest. */
async function checkPacks(scrub: PlaceScrub, packs: readonly ListedObject[], count: Count): Promise<void> {
  const { context, state, provider, repository, clock } = scrub
  const times = state.places.get(provider.location) ?? new Map<string, number>()
  state.places.set(provider.location, times)
  const totalBytes = packs.reduce((sum, { size }) => sum + size, 0)
  const budget = scrub.budgetBytes ?? Math.ceil(totalBytes / dailyShare)
  const rank = ({ key }: ListedObject): number =>
    state.damaged.has(damageId({ location: provider.location, key })) ? -1 : (times.get(shortName(nameInKey(key) ?? '')) ?? 0)
  const order = packs.filter(({ key }) => nameInKey(key) !== undefined).sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
  let planned = 0
  const today = order.filter((object) => {
    const isWithin = planned < budget || rank(object) < 0
    if (isWithin) planned += object.size
    return isWithin
  })
  context.phase('check', planned)
  // Two at a time: one is read while the segments of the other are opened.
  await severalAtATime(today, 2, async (object) => {
    throwIfAborted(context.signal, 'scrubbing')
    if (await checkCopy(scrub, object, count)) times.set(shortName(nameInKey(object.key)!), minutesOf(clock()))
    count.packs++
    count.checkedBytes += object.size
    context.meter.done(object.size)
    if (count.packs % keptEvery === 0) await keepScrubState(repository, state, clock())
  })
}

/** @returns whether the copy is good, or is again */
async function checkCopy(scrub: PlaceScrub, object: ListedObject, count: Count): Promise<boolean> {
  const { repository, context, provider, state, healed } = scrub
  const { crypto } = repository.runtime
  const { signal } = context
  const { key } = object
  const { location } = provider
  const id = damageId({ location, key })
  const note = (kind: string, message: string): false => {
    state.damaged.set(id, { location, key, kind, message })
    context.warn(`${location}: ${message}`, 'Restore from another provider if you can, and look at the disk or account.')
    return false
  }
  const wasDamaged = state.damaged.get(id)
  const reading = async (): Promise<boolean> => {
    const bytes = await look(object, { provider, crypto, signal, read: wasDamaged !== undefined || mustOpen(scrub, key) })
    count.readBytes += bytes?.length ?? 0
    if (bytes && !(await opened(scrub, key, bytes, note))) return false
    if (bytes && key.startsWith(packPrefix)) free(bytes)
    return true
  }
  try {
    if (!(await reading())) return false
    state.damaged.delete(id)
    return true
  } catch (error) {
    if (!BackupError.is(error, 'corrupt', 'not-found', 'range')) throw error
    // What was removed meanwhile is missed by nobody.
    if (error.kind === 'not-found' && !(await isMissed(scrub, key))) {
      state.damaged.delete(id)
      return false
    }
    const isGoodSomewhere = await heal(repository, key, { signal })
    const isGoodHere = isGoodSomewhere === true && (await look({ key }, { provider, crypto, signal, read: true }).then(() => true, () => false))
    if (!isGoodHere) return note(error.kind, error.message)
    healed.push({ location, key })
    state.damaged.delete(id)
    return true
  }
}

/** Every pack is opened now and then, wherever it was read from; where a provider vouches for all of them, it has to be read for that. */
function mustOpen({ state, clock }: PlaceScrub, key: string): boolean {
  if (!key.startsWith(packPrefix)) return false
  return minutesOf(clock()) - (state.opened.get(shortName(nameInKey(key)!)) ?? 0) >= openedLastsMinutes
}

async function opened(scrub: PlaceScrub, key: string, bytes: Uint8Array, note: (kind: string, message: string) => false): Promise<boolean> {
  const { repository, context, lanes, state, clock, onOpened } = scrub
  if (!mustOpen(scrub, key)) return true
  try {
    await openWholePack(repository, lanes, bytes, (stored) => context.meter.moved(stored))
  } catch (error) {
    // Sealed with keys that were given up: nobody is to read it, and that is no damage.
    if (!BackupError.is(error, 'corrupt', 'range', 'unsupported', 'key')) throw error
    if (error.kind !== 'key') return note(cannotBeOpened, `Pack ${key} is what its name says, and cannot be opened: ${error.message}`)
  }
  state.opened.set(shortName(nameInKey(key)!), minutesOf(clock()))
  onOpened()
  return true
}

async function isMissed({ repository, context, isWaiting }: PlaceScrub, key: string): Promise<boolean> {
  if (isWaiting(key) || !key.startsWith(packPrefix)) return false
  await repository.refreshIfStale({ signal: context.signal })
  return isNeeded(repository, nameInKey(key)!)
}

function isNeeded({ catalog, unnamed }: Repository, name: string): boolean {
  return catalog.packs.has(name) && !unnamed.has(name)
}

function coverage(state: ScrubState, location: string, packs: readonly ListedObject[]): Pick<ScrubbedPlace, 'totalBytes' | 'coverage' | 'oldest'> {
  const times = state.places.get(location)
  let [totalBytes, seenBytes, oldest] = [0, 0, Infinity]
  for (const { key, size } of packs) {
    const time = times?.get(shortName(nameInKey(key) ?? '')) ?? 0
    totalBytes += size
    if (time > 0) seenBytes += size
    oldest = Math.min(oldest, time)
  }
  const share = totalBytes === 0 ? 1 : seenBytes / totalBytes
  return { totalBytes, coverage: share, ...(oldest > 0 && oldest < Infinity && { oldest: new Date(oldest * 60_000) }) }
}
