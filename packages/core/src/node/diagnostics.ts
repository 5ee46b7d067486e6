import { channel } from 'node:diagnostics_channel'
import type { Notifier } from '../contract/notifier.ts'
import { contract } from '../contract/version.ts'
import type { BackupEvent } from '../events.ts'

/**
 * The name of the diagnostics channel that events of a type are published on: `backup:run-start`,
 * `backup:alert-raised` and so on, one for each `type` of {@link BackupEvent}.
 */
export function eventChannel(type: BackupEvent['type']): string {
  return `backup:${type}`
}

/**
 * A notifier that publishes every event on a channel of `node:diagnostics_channel`, as it is, at the moment
 * at which it happens. Tools for observing programs know these channels. An event that nobody listens for
 * costs nothing.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 *
 * subscribe(eventChannel('run-error'), (event) => console.error((event as RunFailed).error.message))
 * const backup = createBackup({ ...options, notify: [diagnostics()] })
 * ```
 */
export function diagnostics(): Notifier {
  return {
    contract,
    name: 'diagnostics',
    wants: ({ type }) => channel(eventChannel(type)).hasSubscribers,
    async notify(event) {
      channel(eventChannel(event.type)).publish(event)
    },
  }
}
