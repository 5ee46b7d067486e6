import { isAbsolute, join } from 'node:path'
import { refuse } from '../store/refusal.ts'
import { textOf } from '../store/check.ts'
import type { MachineKey } from './machine-key.ts'
import { readPrivate, writePrivate } from './private-file.ts'

/** How this machine backs up. What belongs to the business is in `store.db`, and so in the backups. */
export interface Settings {
  /** On another disk, where there is one. */
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
  /** Nothing was entered yet: a backup of another machine may take its place. */
  readonly isEmpty: boolean
  readonly google?: { readonly clientId: string; readonly hasSecret: boolean }
  readonly microsoft?: { readonly clientId: string; readonly hasSecret: boolean }
}

export interface SettingsFile {
  /** A secret that the key of this machine does not open is left out, and stays in the file until there is another. */
  read(): Settings
  /** What they would be; changes nothing. @throws `invalid` naming the field */
  next(given: Readonly<Record<string, unknown>>): Settings
  save(settings: Settings): void
}

const oftens: readonly Often[] = ['15m', '30m', '1h', 'auto', 'daily', 'weekly']
const keeps: readonly Keep[] = ['fifteen-years', 'year', 'last-100']
const vendorNames: readonly VendorName[] = ['google', 'microsoft']

export function settingsFile(folder: string, key: MachineKey): SettingsFile {
  const file = join(folder, 'settings.json')
  const stored = (): Stored => JSON.parse(readPrivate(file) ?? '{}') as Stored
  const unsealed = (sealed: string): string | undefined => {
    try {
      return key.unseal(sealed)
    } catch {
      // The key store of the system was lost, or does not answer today: the rest of the settings is as good as ever.
      return undefined
    }
  }
  const read = (): Settings => {
    const { secrets = {}, ...settings } = stored()
    const opened = vendorNames.flatMap((name) => {
      const clientSecret = secrets[name] === undefined ? undefined : unsealed(secrets[name])
      return settings[name] && clientSecret !== undefined ? [[name, { ...settings[name], clientSecret }] as const] : []
    })
    return { often: '15m', keep: 'fifteen-years', ...settings, ...Object.fromEntries(opened) }
  }
  return {
    read,
    next: (given) => changed(read(), given),
    save(settings) {
      const before = stored()
      const sealedOf = (name: VendorName, { clientId, clientSecret }: VendorClient): string | undefined => {
        if (clientSecret !== undefined) return key.seal(clientSecret)
        const sealed = before[name]?.clientId === clientId ? before.secrets?.[name] : undefined
        return sealed !== undefined && unsealed(sealed) === undefined ? sealed : undefined
      }
      const clients = vendorNames.flatMap((name) => (settings[name] ? [[name, settings[name]] as const] : []))
      const shown = Object.fromEntries(clients.map(([name, { clientId }]) => [name, { clientId }]))
      const secrets = Object.fromEntries(clients.map(([name, client]) => [name, sealedOf(name, client)]))
      writePrivate(file, JSON.stringify({ ...settings, google: undefined, microsoft: undefined, ...shown, secrets }, undefined, 2))
    },
  }
}

/** The file: secrets are sealed, and apart. */
type Stored = Partial<Settings> & { readonly secrets?: Partial<Record<VendorName, string>> }

export function shownSettings({ google, microsoft, ...settings }: Settings, isEmpty: boolean): ShownSettings {
  const shown = ({ clientId, clientSecret }: VendorClient): NonNullable<ShownSettings[VendorName]> => ({ clientId, hasSecret: clientSecret !== undefined })
  return { ...settings, isEmpty, ...(google && { google: shown(google) }), ...(microsoft && { microsoft: shown(microsoft) }) }
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
