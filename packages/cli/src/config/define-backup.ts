import type { ConfigExport } from './jobs.ts'

/**
 * Gives a `backup.config.ts` its types, and returns what it got.
 *
 * @example
 * ```ts
 * export default defineBackup({
 *   source: sqlite('store.db'),
 *   providers: [local('/mnt/usb/shop')],
 *   keys: passphrase(process.env.BACKUP_PASSPHRASE),
 * })
 * ```
 */
export function defineBackup<const Config extends ConfigExport>(config: Config): Config {
  return config
}
