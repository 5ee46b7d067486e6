import type { ScheduleJson, ScheduledJobJson } from '@backup/client'
import { useBackupClient } from './provider.tsx'
import { type Fetched, useFetched } from './use-store.ts'

export interface ScheduleState extends Fetched<ScheduleJson> {
  /** Its schedule does not start this job until `resume`. @throws a `ClientError` */
  pause(job: string, reason?: string): Promise<ScheduledJobJson>
  resume(job: string): Promise<ScheduledJobJson>
  /** Does not wait until it comes round. @param reason needed where `needs` of the job is `delete` */
  runNow(job: string, reason?: string): Promise<ScheduledJobJson>
}

/** When things happen by themselves. */
export function useSchedule(): ScheduleState {
  const client = useBackupClient()
  return useFetched(client.resource('GET /schedule', input), () => ({
    pause: (job: string, reason?: string) => client.call('POST /schedule/:job/pause', { params: { job }, body: bodyOf(reason) }),
    resume: (job: string) => client.call('POST /schedule/:job/resume', { params: { job } }),
    runNow: (job: string, reason?: string) => client.call('POST /schedule/:job/run', { params: { job }, body: bodyOf(reason) }),
  }))
}

const input = { query: { runs: 5 } }

function bodyOf(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason }
}
