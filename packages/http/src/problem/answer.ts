import { BackupError, type ErrorKind } from '@backup/core'
import type { ProblemJson } from '../wire/problem.ts'
import { codes, typeOf } from './codes.ts'
import { isRefusal } from './refusal.ts'

/** Complete by type: a kind that is added to core gets a status here. */
const statuses: Readonly<Record<ErrorKind, number>> = {
  config: 400,
  'not-found': 404,
  exists: 409,
  'target-missing': 503,
  'not-a-repository': 503,
  // Not 401: it is the account of a provider that nobody is signed in to.
  auth: 502,
  quota: 507,
  throttled: 503,
  transient: 503,
  busy: 409,
  range: 416,
  corrupt: 500,
  key: 500,
  unsupported: 501,
  source: 500,
  cancelled: 409,
  permanent: 500,
}

/** An error as the answer to it. */
export function problemAnswer(error: unknown): Response {
  const problem = problemOf(error)
  const wait = problem.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(problem.retryAfterMs / 1000)) }
  const headers = { ...wait, ...(isRefusal(error) && error.headers), 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Is it worth a line in the log of the program? Nobody else sees what it says. */
export function isOurFault(error: unknown): boolean {
  const { status, code } = problemOf(error)
  return status >= 500 && code !== 'closed'
}

function problemOf(error: unknown): ProblemJson {
  if (isRefusal(error)) return error.problem
  if (!BackupError.is(error)) return internal()
  const { kind, message, hint, key, retryable, retryAfterMs, altered } = error
  // A mistake in the program, which those who use it cannot mend.
  if (kind === 'config' && key === 'authorize') return internal()
  return {
    type: typeOf('failed'),
    title: codes.failed.title,
    // Another copy of core may be newer, and know more kinds.
    status: (statuses as Readonly<Record<string, number>>)[kind] ?? 500,
    detail: message,
    code: 'failed',
    kind,
    hint,
    retryable,
    ...(key !== undefined && { key }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(altered && { altered }),
  }
}

/** What something foreign says may hold anything, so it is said to nobody. */
function internal(): ProblemJson {
  const { status, title, hint } = codes.internal
  return { type: typeOf('internal'), title, status, detail: 'Something outside of the backup failed.', code: 'internal', hint, retryable: false }
}
