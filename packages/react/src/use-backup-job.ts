import type { JobJson } from '@backup/client'
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useBackupClient } from './provider.tsx'
import { type Fetched, nothing, useFetched } from './use-store.ts'

export interface BackupJob extends Fetched<JobJson> {
  /** Asks it to stop. @throws a `ClientError` */
  cancel(): Promise<void>
}

/**
 * A job, live: its phase, bytes, rate and time left. Only the component that uses it renders when it comes further.
 *
 * @param id as `start` gave it. @default what is under way, or else what ended last
 */
export function useBackupJob(id?: string): BackupJob {
  const client = useBackupClient()
  const newest = useSyncExternalStore(
    client.jobs.subscribe,
    () => {
      const { data = [] } = client.jobs.getSnapshot()
      return (data.find(({ state }) => state === 'running') ?? data[0])?.id
    },
    none,
  )
  const shown = id ?? newest
  const resource = useMemo(() => (shown === undefined ? noJob : client.job(shown)), [client, shown])
  return useFetched(resource, () => ({
    async cancel() {
      if (shown !== undefined) await client.call('POST /jobs/:job/cancel', { params: { job: shown } })
    },
  }))
}

/** What is under way and what has been, newest first. Renders whenever one of them comes further: see {@link useRunningJobs}. */
export function useJobs(): Fetched<readonly JobJson[]> {
  return useFetched(useBackupClient().jobs, nothing)
}

/** Ids of the jobs that are under way, the oldest first. Renders when one begins or ends, and not in between. */
export function useRunningJobs(): readonly string[] {
  const { jobs } = useBackupClient()
  const ids = useCallback(() => {
    const { data = [] } = jobs.getSnapshot()
    return data.filter(({ state }) => state === 'running').map(({ id }) => id).reverse().join(' ')
  }, [jobs])
  const joined = useSyncExternalStore(jobs.subscribe, ids, none) ?? ''
  return useMemo(() => (joined === '' ? [] : joined.split(' ')), [joined])
}

/** What has ended last of what was seen under way. Renders when something ends, and not in between. */
export function useJustEnded(): JobJson | undefined {
  const { jobs } = useBackupClient()
  const [ended, setEnded] = useState<JobJson>()
  useEffect(() => {
    let running: ReadonlySet<string> = new Set()
    const look = (): void => {
      const { data = [] } = jobs.getSnapshot()
      const over = data.find(({ id, state }) => state !== 'running' && running.has(id))
      running = new Set(data.flatMap(({ id, state }) => (state === 'running' ? id : [])))
      if (over) setEnded(over)
    }
    look()
    return jobs.subscribe(look)
  }, [jobs])
  return ended
}

const none = (): undefined => undefined
const state = { status: 'pending' } as const
const noJob = { subscribe: () => () => {}, getSnapshot: () => state, refresh: () => new Promise<never>(() => {}) }
