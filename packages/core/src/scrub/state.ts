import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { type Fields, readFields } from '../format/fields.ts'
import { type ObjectName, nameInKey } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import { base64, hex, unbase64, unhex, utf8, viewOf } from '../format/text.ts'
import { readRecords, removeRecord, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'

/**
 * Who was looked at when: all that one scrub tells the next, on this machine or another. It is stored whole each time and takes the place
 * of what was stored before, so there is one record of it, after fifteen years as after the first day.
 */
export interface ScrubState {
  /** For each location the packs that were found to be what their name says, and when: minutes since 1970, by the beginning of the name. */
  readonly places: Map<string, Map<string, number>>
  /** The same for packs of which every byte was also opened, decoded and compared, wherever it came from. */
  readonly opened: Map<string, number>
  /** By location and key; looked at again first. */
  readonly damaged: Map<string, ScrubDamage>
  /** Those that cannot be restored completely because of it. */
  snapshots: readonly ObjectName[]
}

export interface ScrubDamage {
  readonly location: string
  readonly key: string
  readonly kind: string
  readonly message: string
}

/** 8 bytes of a hash, in hex: to mistake one pack for another, they would have to be chosen. */
export const shortName = (name: ObjectName): string => name.slice(0, 16)
export const minutesOf = (time: Date): number => Math.max(0, Math.floor(time.getTime() / 60_000))
export const damageId = ({ location, key }: Pick<ScrubDamage, 'location' | 'key'>): string => `${key} ${location}`

const item = 'scrub'

/** From the repository and from local state: what the one does not know, the other may. */
export async function loadScrubState(repository: Repository, call: CallOptions): Promise<ScrubState> {
  const state: ScrubState = { places: new Map(), opened: new Map(), damaged: new Map(), snapshots: [] }
  const local = await repository.state.read(item)
  // The newest last: what is damaged, it knows best.
  const { found } = await readRecords(repository, 'check', call)
  const told = found.flatMap(({ type, fields, time }) => (type === 'scrub' ? [{ fields, time }] : []))
  const own = local && parse(local)
  const all = own ? [...told, own].sort((a, b) => a.time.getTime() - b.time.getTime()) : told
  for (const { fields } of all) {
    try {
      mergeInto(state, fields)
    } catch (error) {
      if (!BackupError.is(error, 'corrupt')) throw error
    }
  }
  return state
}

/** Keeps it here, at any time: an interrupted scrub goes on from there. */
export async function keepScrubState(repository: Repository, state: ScrubState, now: Date): Promise<void> {
  await repository.state.write(item, utf8(JSON.stringify({ time: now.getTime(), ...bodyOf(state) })))
}

/** Stores it for everybody, and takes away what it was made from. */
export async function shareScrubState(repository: Repository, state: ScrubState, now: Date, call: CallOptions): Promise<void> {
  const { found } = await readRecords(repository, 'check', call)
  const old = found.filter(({ type }) => type === 'scrub')
  await writeRecord(repository, { class: 'check', type: 'scrub', writer: await writerId(repository), time: now, body: bodyOf(state) }, call)
  for (const { key } of old) await removeRecord(repository, key, call)
}

/** What is gone from a place is not spoken of any more. @param there keys */
export function forgetOthers(state: ScrubState, location: string, there: ReadonlySet<string>): void {
  const names = new Set([...there].map((key) => shortName(nameInKey(key) ?? '')))
  const place = state.places.get(location)
  for (const name of place?.keys() ?? []) if (!names.has(name)) place!.delete(name)
  for (const [id, damage] of state.damaged) if (damage.location === location && !there.has(damage.key)) state.damaged.delete(id)
}

/** Nor is what no place has. */
export function forgetOpened({ opened, places }: ScrubState): void {
  for (const name of opened.keys()) if (![...places.values()].some((times) => times.has(name))) opened.delete(name)
}

function parse(bytes: Uint8Array): { fields: Fields; time: Date } | undefined {
  try {
    const fields = readFields(bytes, 'scrub state')
    return { fields, time: new Date(fields.number('time')) }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}

/** Names once, and a column of times for each place: FORMAT.md §20.1. */
function bodyOf({ places, opened, damaged, snapshots }: ScrubState): Readonly<Record<string, unknown>> {
  const named = new Set<string>()
  for (const times of [...places.values(), opened]) for (const name of times.keys()) named.add(name)
  const names = [...named].sort()
  const column = (times: ReadonlyMap<string, number>): string => {
    const bytes = new Uint8Array(names.length * 4)
    const view = viewOf(bytes)
    names.forEach((name, at) => view.setUint32(at * 4, times.get(name) ?? 0, true))
    return base64(bytes)
  }
  return {
    names: base64(unhex(names.join(''), names.length * 8)),
    places: [...places].map(([location, times]) => ({ location, checked: column(times) })),
    opened: column(opened),
    damaged: [...damaged.values()].slice(0, mostDamaged),
    snapshots,
  }
}

/** What lies beyond is found again. */
const mostDamaged = 1000

function mergeInto(state: ScrubState, fields: Fields): void {
  const bytes = unbase64(fields.text('names'))
  const names = Array.from({ length: bytes.length / 8 }, (_, at) => hex(bytes.subarray(at * 8, at * 8 + 8)))
  const later = (into: Map<string, number>, text: string): void => {
    const column = viewOf(unbase64(text))
    if (column.byteLength !== names.length * 4) throw fields.fail('checked', 'a time for each name')
    names.forEach((name, at) => {
      const time = column.getUint32(at * 4, true)
      if (time > (into.get(name) ?? 0)) into.set(name, time)
    })
  }
  for (const place of fields.objects('places')) {
    const location = place.text('location')
    const times = state.places.get(location) ?? new Map<string, number>()
    state.places.set(location, times)
    later(times, place.text('checked'))
  }
  later(state.opened, fields.text('opened'))
  state.damaged.clear()
  for (const one of fields.objects('damaged')) {
    const damage = { location: one.text('location'), key: one.text('key'), kind: one.text('kind'), message: one.text('message') }
    state.damaged.set(damageId(damage), damage)
  }
  state.snapshots = readNames(fields, 'snapshots')
}
