import type { BackupEvent } from '../events.ts'
import type { Plugin } from './version.ts'

/**
 * Is told what happens, to pass it on: mail, webhook, log.
 *
 * A notifier never stops a backup: when `notify` rejects, a `notify-error` event is emitted and the run goes on.
 */
export interface Notifier extends Plugin {
  /** Which events are of interest; all when absent. */
  readonly wants?: (event: BackupEvent) => boolean
  notify(event: BackupEvent, options: { readonly signal?: AbortSignal }): Promise<void>
}
