import type { Settings } from '../options.ts'
import type { JobJson } from '../wire/jobs.ts'

/** It goes on by itself; this says where it can be watched. */
export function accepted({ basePath }: Settings, job: JobJson): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', location: `${basePath}/jobs/${job.id}` }
  return new Response(JSON.stringify(job), { status: 202, headers })
}
