import { join } from 'node:path'
import {
  type Backup,
  type BackupConfig,
  type BackupProvider,
  type BackupSource,
  type Notifier,
  type RetentionPolicy,
  createBackup,
  keepLast,
  rawKey,
} from '@backup/core'
import { local } from '@backup/local'
import type { Pace } from './pace.ts'
import { unreliable } from './unreliable.ts'
import type { Tally } from './tally.ts'

/** What every process of a soak is told. */
export interface Setting {
  /** Everything is in there: databases, providers, local states. */
  readonly folder: string
  readonly pace: Pace
}

export interface OpenOptions {
  /** Of those who share no state. */
  readonly who: string
  readonly source: BackupSource
  readonly tally: Tally
  /** @default all three, the third with faults */
  readonly providers?: readonly BackupProvider[]
  /** No faults from then on. */
  readonly calm?: AbortSignal
}

export const databases = ['north', 'south'] as const
export const placeNames = ['disk', 'second-disk', 'far-away'] as const

export const pathOf = ({ folder }: Setting, name: string): string => join(folder, name)

export function openSoak(setting: Setting, { who, source, tally, providers, calm }: OpenOptions): Backup {
  const { bounds, keep } = setting.pace
  const places = placeNames.map((name) => local(pathOf(setting, name)))
  const [disk, second, third] = places as [BackupProvider, BackupProvider, BackupProvider]
  const all = [disk, second, unreliable(third, { pace: setting.pace, tally, ...(calm && { calm }) })]
  const config: BackupConfig = {
    source,
    providers: providers ?? all,
    keys: rawKey(new Uint8Array(32).fill(4)),
    copies: { required: Math.min(2, (providers ?? all).length) },
    collection: bounds,
    retention: [keepLast(keep.last), samples(keep.sampleMs, keep.withinMs)],
    state: pathOf(setting, `state-${who}`),
    workers: 0,
    notify: [listener(tally)],
  }
  return createBackup(config)
}

/** Of each source the first snapshot of every stretch of time, for a while. */
function samples(everyMs: number, withinMs: number): RetentionPolicy {
  return {
    contract: 1,
    name: 'samples',
    title: `one every ${everyMs} ms`,
    keep(snapshots, { now }) {
      const first = new Map<string, { id: string; time: Date }>()
      for (const { id, time, tags } of snapshots) {
        if (time.getTime() < now.getTime() - withinMs) continue
        const stretch = `${tags.join()} ${Math.floor(time.getTime() / everyMs)}`
        const other = first.get(stretch)
        if (!other || time < other.time) first.set(stretch, { id, time })
      }
      return [...first].map(([reason, { id }]) => ({ id, reason }))
    },
  }
}

function listener(tally: Tally): Notifier {
  return {
    contract: 1,
    name: 'tally',
    async notify(event) {
      if (event.type === 'provider-away') tally.count('provider away')
      if (event.type === 'copy-healed') tally.count('copies healed')
      if (event.type === 'copy-delivered') tally.count('copies delivered later')
      if (event.type === 'retry') tally.count('retries')
      if (event.type === 'snapshot-suspect') tally.fail(`Snapshot ${event.snapshot} is suspect: ${event.findings.join(' ')}`)
      if (event.type === 'warning') tally.warn(event.message)
    },
  }
}
