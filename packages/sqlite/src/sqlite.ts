import type { BackupSource, SourceContext, SourceSnapshot } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { emptyLogRemover } from './host/empty-log.ts'
import { discardDatabase, isLivePlace } from './host/live-place.ts'
import { accessOf, openSnapshot } from './host/snapshot.ts'
import { startReader } from './host/reader.ts'
import { type Settings, type SqliteOptions, absolute, settingsOf } from './options.ts'
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
    open: (context) => openTidily(settings, context),
    restore: (context) => openSink(settings, context),
    isLive: (place) => isLivePlace(settings.path, absolute('to', place)),
    discard: ({ place }) => discardDatabase(absolute('place', place)),
    async check({ place }, { signal }) {
      const findings: string[] = []
      const request = { ...accessOf(settings), path: absolute('place', place) }
      const removeEmptyLog = await emptyLogRemover(request)
      const reader = startReader('check', request, {
        signal,
        onReport: (report) => report.type === 'warning' && findings.push(report.message),
      })
      try {
        const result = await reader.result
        return { ...result, findings: [...result.findings, ...findings] }
      } catch (error) {
        await reader.stop()
        await removeEmptyLog()
        throw error
      }
    },
  }
}

/** Leaves nothing beside the database, even when the reader was killed before it was done. */
async function openTidily(settings: Settings, context: SourceContext): Promise<SourceSnapshot> {
  const removeEmptyLog = await emptyLogRemover(accessOf(settings))
  try {
    const snapshot = await openSnapshot(settings, context)
    let done = false
    return {
      ...snapshot,
      async finish() {
        const proof = await snapshot.finish()
        done = true
        return proof
      },
      async close() {
        await snapshot.close()
        if (!done) await removeEmptyLog()
      },
    }
  } catch (error) {
    await removeEmptyLog()
    throw error
  }
}
