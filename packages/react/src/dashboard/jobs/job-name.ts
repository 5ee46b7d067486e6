import type { JobJson } from '@backup/client'
import type { Words } from '../words.ts'

/** What a job is called: of a restore of a part, which part. */
export function jobName({ operation, part }: Pick<JobJson, 'operation' | 'part'>, words: Words['job']): string {
  return part === undefined ? words.names[operation] : words.part(part)
}
