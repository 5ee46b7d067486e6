import type { DrillBody, DrillListJson, JobJson } from '@backup/client'
import { useBackupClient } from './provider.tsx'
import { type Fetched, useFetched } from './use-store.ts'

export interface Drills extends Fetched<DrillListJson> {
  /** Rehearses a restore now. @throws a `ClientError` */
  start(body?: DrillBody): Promise<JobJson>
}

/** Evidence of rehearsed restores, newest first. */
export function useDrills(): Drills {
  const client = useBackupClient()
  return useFetched(client.resource('GET /drills', input), () => ({
    start: (body: DrillBody = {}) => client.call('POST /drills', { body }),
  }))
}

const input = { query: { limit: 100 } }
