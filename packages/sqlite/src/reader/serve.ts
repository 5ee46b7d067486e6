import type { ErrorKind } from '@backup/core'
import type { Answer, Job, Jobs, Release, Report } from '../host/protocol.ts'
import { refusalOf } from './refusal.ts'

type Work<J extends Job> = (
  request: Jobs[J]['request'],
  tell: (report: Report) => void,
  hear: (listener: (note: Release) => void) => void,
) => Promise<Jobs[J]['result']>

/** Waits for one job from the host process, does it, and ends; what comes meanwhile is for the job. Ends at once when the host has ended. */
export function serve(): void {
  process.once('disconnect', () => process.exit(1))
  process.once('message', ({ job, request }: Assignment) => void answer(job, request))
}

interface Assignment {
  readonly job: Job
  readonly request: Jobs[Job]['request']
}

async function answer<J extends Job>(job: J, request: Jobs[J]['request']): Promise<void> {
  const tell = (report: Report): void => void process.send?.(report)
  const end = (last: Answer): void => void process.send?.(last, () => process.exit(0))
  try {
    const work: Work<J> = await jobs[job]()
    const hear = (listener: (note: Release) => void): void => void process.on('message', listener)
    end({ type: 'done', result: await work(request, tell, hear) })
  } catch (error) {
    const [kind, what] = doing[job]
    end({ type: 'failed', refusal: refusalOf(error, kind, `${what} ${request.path}`) })
  }
}

const jobs: { readonly [J in Job]: () => Promise<Work<J>> } = {
  scan: async () => (await import('./scan.ts')).scan,
  deliver: async () => (await import('./deliver.ts')).deliver,
  replace: async () => (await import('./replace.ts')).replace,
  settle: async () => (await import('./settle.ts')).settle,
  check: async () => (await import('./check.ts')).check,
  'quick-check': async () => (await import('./quick-check.ts')).quickCheck,
}

/** For errors that nobody foresaw: their kind, and what was under way. */
const doing: Readonly<Record<Job, readonly [kind: ErrorKind, doing: string]>> = {
  scan: ['source', 'reading'],
  deliver: ['permanent', 'putting a restored database at'],
  replace: ['permanent', 'restoring over'],
  settle: ['permanent', 'recovering'],
  check: ['source', 'checking'],
  'quick-check': ['source', 'checking'],
}
