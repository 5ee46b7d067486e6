import { isAbsolute, join } from 'node:path'
import { refuse } from '../store/refusal.ts'
import { textOf } from '../store/check.ts'
import type { MachineKey } from './machine-key.ts'
import { readPrivate, writePrivate } from './private-file.ts'

/** How this machine backs up. What belongs to the business is in `store.db`, and so in the backups. */
export interface Settings {
  /** On another disk, where there is one. Without it nothing is backed up yet. */
  readonly backupFolder?: string
  readonly often: Often
  readonly keep: Keep
  readonly google?: VendorClient
  readonly microsoft?: VendorClient
}

/** Your own client of a vendor: see the README of `@backup/oauth`. */
interface VendorClient {
  readonly clientId: string
  readonly clientSecret?: string
}

export type Often = '15m' | '30m' | '1h' | 'auto' | 'daily' | 'weekly'
export type Keep = 'fifteen-years' | 'year' | 'last-100'
export type VendorName = 'google' | 'microsoft'

/** As a page may see them: secrets stay here. */
export interface ShownSettings extends Omit<Settings, VendorName> {
  readonly google?: { readonly clientId: string; readonly hasSecret: boolean }
  readonly microsoft?: { readonly clientId: string; readonly hasSecret: boolean }
}

export interface SettingsFile {
  read(): Settings
  /** @throws `invalid` naming the field; then nothing is changed */
  change(given: Readonly<Record<string, unknown>>): Settings
}

const oftens: readonly Often[] = ['15m', '30m', '1h', 'auto', 'daily', 'weekly']
const keeps: readonly Keep[] = ['fifteen-years', 'year', 'last-100']
const vendorNames: readonly VendorName[] = ['google', 'microsoft']

export function settingsFile(folder: string, key: MachineKey): SettingsFile {
  const file = join(folder, 'settings.json')
  const read = (): Settings => {
    const { secrets = {}, ...settings } = JSON.parse(readPrivate(file) ?? '{}') as Partial<Settings> & { secrets?: Partial<Record<VendorName, string>> }
    const opened = vendorNames.flatMap((name) => {
      const sealed = secrets[name]
      return settings[name] && sealed !== undefined ? [[name, { ...settings[name], clientSecret: key.unseal(sealed) }] as const] : []
    })
    return { often: '15m', keep: 'fifteen-years', ...settings, ...Object.fromEntries(opened) }
  }
  return {
    read,
    change(given) {
      const next = changed(read(), given)
      const clients = vendorNames.flatMap((name) => (next[name] ? [[name, next[name]] as const] : []))
      const shown = Object.fromEntries(clients.map(([name, { clientId }]) => [name, { clientId }]))
      const secrets = Object.fromEntries(clients.flatMap(([name, { clientSecret }]) => (clientSecret === undefined ? [] : [[name, key.seal(clientSecret)]])))
      writePrivate(file, JSON.stringify({ ...next, google: undefined, microsoft: undefined, ...shown, secrets }, undefined, 2))
      return next
    },
  }
}

export function shownSettings({ google, microsoft, ...settings }: Settings): ShownSettings {
  const shown = ({ clientId, clientSecret }: VendorClient): NonNullable<ShownSettings[VendorName]> => ({ clientId, hasSecret: clientSecret !== undefined })
  return { ...settings, ...(google && { google: shown(google) }), ...(microsoft && { microsoft: shown(microsoft) }) }
}

function changed(before: Settings, given: Readonly<Record<string, unknown>>): Settings {
  const { backupFolder, often = before.often, keep = before.keep } = given
  if (!oftens.includes(often as Often)) throw refuse('invalid', `often must be one of ${oftens.join(', ')}.`, 'often')
  if (!keeps.includes(keep as Keep)) throw refuse('invalid', `keep must be one of ${keeps.join(', ')}.`, 'keep')
  const folder = backupFolder === undefined ? before.backupFolder : folderOf(backupFolder)
  const google = clientOf('google', before.google, given)
  const microsoft = clientOf('microsoft', before.microsoft, given)
  return {
    often: often as Often,
    keep: keep as Keep,
    ...(folder !== undefined && { backupFolder: folder }),
    ...(google && { google }),
    ...(microsoft && { microsoft }),
  }
}

function folderOf(given: unknown): string {
  const folder = textOf(given, 'backupFolder', { required: true })
  if (!isAbsolute(folder)) throw refuse('invalid', 'Give the whole path of the folder, from the top of the disk.', 'backupFolder')
  return folder
}

/** An empty client id takes the vendor away; a secret that is not named stays. */
function clientOf(name: VendorName, before: VendorClient | undefined, given: Readonly<Record<string, unknown>>): VendorClient | undefined {
  const client = given[name]
  if (client === undefined) return before
  const { clientId, clientSecret } = (client ?? {}) as { readonly clientId?: unknown; readonly clientSecret?: unknown }
  const id = textOf(clientId, `${name}.clientId`)
  if (id === '') return undefined
  const secret = clientSecret === undefined && id === before?.clientId ? before.clientSecret : textOf(clientSecret, `${name}.clientSecret`)
  return { clientId: id, ...(secret && { clientSecret: secret }) }
}
