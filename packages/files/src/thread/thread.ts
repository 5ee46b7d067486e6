import { parentPort } from 'node:worker_threads'
import { carry } from './carry.ts'
import { compare } from './compare.ts'
import { finish } from './finish.ts'
import type { Entries, Jobs, Reply, Request } from './protocol.ts'
import { createReader } from './read.ts'
import { walk } from './walk.ts'
import { make, write } from './write.ts'

/**
 * A thread that works with files, one job after the other. Calls that wait for the disk are five times as dear when each of them
 * goes through the event loop; here they hold nobody up.
 */

type Work = { readonly [Name in keyof Jobs]: (job: Jobs[Name]['job'], give: (part: Entries) => void) => Jobs[Name]['result'] }

const port = parentPort!
const work: Work = { walk, read: createReader(), make, write, finish, compare, carry }

port.on('message', ({ call, name, job }: Request) => {
  const reply = (answer: Omit<Reply, 'call'>): void => port.postMessage({ call, ...answer } satisfies Reply, columnsIn(answer.part ?? answer.result))
  try {
    const run = work[name] as (job: unknown, give: (part: Entries) => void) => unknown
    reply({ result: run(job, (part) => reply({ part })) })
  } catch (error) {
    const { code = 'unknown', path, message } = error as NodeJS.ErrnoException
    reply({ error: { code, path: typeof path === 'string' ? path : '', message } })
  }
})

/** Columns are moved: a copy would lie around here until a collector cares. */
function columnsIn(answer: unknown): ArrayBuffer[] {
  if (typeof answer !== 'object' || answer === null) return []
  return Object.values(answer).flatMap((value: unknown) => (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : []))
}
