import type { BackupProvider } from '@backup/core'
import { checkOptions, type OneDriveOptions } from './options.ts'
import { providerFor } from './provider.ts'

/**
 * Keeps backups in OneDrive: personal, of work or school, or a library of SharePoint.
 *
 * Nothing is loaded or sent before the first call. `init()` creates the folder if it is missing; afterwards a
 * missing folder is `target-missing`.
 *
 * @throws `config` naming the option that is wrong.
 *
 * @example
 * ```ts
 * onedrive({ auth: tokenSource({ issuer: microsoft, clientId, store }) })
 * onedrive({ auth, drive: 'whole', driveId: 'b!t18F8ybsHUq1z3LTz8xvZqP8', folder: 'shop/berlin' })
 * ```
 */
export function onedrive(options: OneDriveOptions): BackupProvider {
  return providerFor(checkOptions(options))
}
