import type { BackupSource } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { accessOf, openSnapshot } from './host/snapshot.ts'
import { startReader } from './host/reader.ts'
import { type SqliteOptions, absolute, settingsOf } from './options.ts'
import { openSink } from './restore/sink.ts'

/**
 * Backs up a SQLite database that may be in use, and restores it.
 *
 * A snapshot is one committed state, whatever other programs write meanwhile. Everything that touches the
 * database happens in a process of its own; the database is only ever read.
 *
 * @param path the database file; it does not have to exist until it is backed up
 * @throws `config` when the path or an option is wrong
 *
 * @example
 * ```ts
 * const source = sqlite('store.db', { busyTimeoutMs: 30_000 })
 * ```
 */
export function sqlite(path: string, options: SqliteOptions = {}): BackupSource {
  const settings = settingsOf(path, options)
  return {
    contract: 1,
    name: 'sqlite',
    label: settings.path,
    runtime: nodeRuntime,
    open: (context) => openSnapshot(settings, context),
    restore: (context) => openSink(settings, context),
    async check({ place }, { signal }) {
      const findings: string[] = []
      const request = { ...accessOf(settings), path: absolute('place', place) }
      const result = await startReader('check', request, {
        signal,
        onReport: (report) => report.type === 'warning' && findings.push(report.message),
      }).result
      return { ...result, findings: [...result.findings, ...findings] }
    },
  }
}
