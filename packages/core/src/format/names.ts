import { BackupError } from '../errors.ts'

/** Where each class of object lives: FORMAT.md §3. */

/** SHA-256 of stored bytes in hex. */
export type ObjectName = string

export const formatPrefix = 'format/'
export const slotPrefix = 'slots/'
export const packPrefix = 'packs/'
export const commitPrefix = 'commits/'
export const indexPrefix = 'index/'
export const restorePrefix = 'restore/'

export const formatKey = (name: ObjectName): string => `format/v1/${name}`
export const slotKey = (name: ObjectName): string => `slots/v1/${name}`
export const packKey = (name: ObjectName): string => `packs/${name.slice(0, 2)}/${name}`
export const indexKey = (name: ObjectName): string => `index/v1/${name}`
export const restoreKey = (file: string): string => `restore/1/${file}`

export const commitKey = (time: Date, name: ObjectName): string => timedKey('commits', time, name)

/** Records sort by time, then by name. */
export function timedKey(folder: string, time: Date, name: ObjectName): string {
  const text = time.toISOString()
  // Years of more than four digits have a sign in front.
  if (text.length !== 24) throw new BackupError('permanent', `The clock says ${text}: nothing can be stored with that as its "time".`, { hint: 'Set the clock.' })
  const digits = text.replaceAll(/[-:.]/g, '').toLowerCase()
  return `${folder}/${digits.slice(0, 6)}/${digits.slice(6)}-${name}`
}

/**
 * The hash that a key carries at its end.
 *
 * @returns `undefined` for a key that does not have the form of its class: a half-copied file, a conflict copy, or
 * somebody else's, to be ignored.
 */
export function nameInKey(key: string): ObjectName | undefined {
  return forms.get(key.slice(0, key.indexOf('/')))?.test(key) ? key.slice(-64) : undefined
}

/**
 * What keys look like that end with a name. Listings have tens of thousands of them. Other versions have their own format objects and
 * slots, and must be seen to be refused.
 */
const forms: ReadonlyMap<string, RegExp> = new Map([
  ['packs', /^packs\/(?<shard>[0-9a-f]{2})\/\k<shard>[0-9a-f]{62}$/],
  ...['commits', 'sessions', 'tombs', 'trash', 'holds', 'checks', 'audit'].map((folder) => [folder, /^[a-z]+\/\d{6}\/\d{2}t\d{9}z-[0-9a-f]{64}$/] as const),
  ...['format', 'slots', 'index'].map((folder) => [folder, /^[a-z]+\/v\d+\/[0-9a-f]{64}$/] as const),
])

/** The time in the key of a commit or another record, or `undefined` for a key that is not one. */
export function timeInKey(key: string): Date | undefined {
  const found = /^[a-z]+\/(\d{4})(\d{2})\/(\d{2})t(\d{2})(\d{2})(\d{2})(\d{3})z-[0-9a-f]{64}$/.exec(key)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, milli] = found
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`
  const time = new Date(text)
  // Some impossible days are taken for the first ones of the next month.
  return Number.isNaN(time.getTime()) || time.toISOString() !== text ? undefined : time
}

/** @throws `corrupt` when the bytes are not those that the name promises. */
export function checkName(expected: ObjectName, actual: ObjectName, key: string, plugin: string): void {
  if (expected === actual) return
  throw new BackupError(
    'corrupt',
    `Object ${key} on "${plugin}" is damaged: its bytes hash to ${actual.slice(0, 12)}…, not to its name.`,
    { plugin, key },
  )
}
