import { type JobJson, type RestoreFlow, type RestoreState, createRestoreFlow } from '@backup/client'
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { useBackupClient } from './provider.tsx'
import { useStore } from './use-store.ts'

export interface Restore extends Pick<RestoreFlow, 'plan' | 'confirm' | 'cancel' | 'undo' | 'reset'> {
  readonly state: RestoreState
}

const idle: RestoreState = { step: 'idle' }
const none = (): undefined => undefined

/**
 * A restore in steps: plan, look at it, say why, watch, perhaps undo. One that is under way already, begun before the page was loaded or
 * by somebody else, is followed by itself.
 */
export function useRestore(): Restore {
  const client = useBackupClient()
  const flow = useMemo(() => createRestoreFlow(client), [client])
  const state = useStore(flow, () => idle)
  useFollowed(flow, isWhole)
  return useMemo(() => ({ ...flow, state }), [flow, state])
}

const isWhole = ({ part }: JobJson): boolean => part === undefined

/** Has a flow follow what is under way already and belongs to it. @param isOwn the same each time */
export function useFollowed(flow: Pick<RestoreFlow, 'follow' | 'reset'> & { getSnapshot(): { readonly step: string } }, isOwn: (job: JobJson) => boolean): void {
  const client = useBackupClient()
  const followed = useRef<string>(undefined)
  const running = useSyncExternalStore(
    client.jobs.subscribe,
    () => client.jobs.getSnapshot().data?.find((job) => job.operation === 'restore' && job.state === 'running' && isOwn(job))?.id,
    none,
  )
  useEffect(() => () => flow.reset(), [flow])
  useEffect(() => {
    if (running === undefined || running === followed.current) return
    // Who waved it away does not want to see it again.
    followed.current = running
    if (flow.getSnapshot().step === 'idle') flow.follow(running)
  }, [flow, running])
}
