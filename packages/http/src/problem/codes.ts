import type { ProblemCode } from '../wire/problem.ts'

export interface CodeMeaning {
  readonly status: number
  readonly title: string
  readonly hint: string
}

/** `failed` has the status of its kind: see `statusOfKind`. */
export const codes: Readonly<Record<ProblemCode, CodeMeaning>> = {
  unauthorised: { status: 401, title: 'Not signed in', hint: 'Sign in, and try again.' },
  forbidden: { status: 403, title: 'Not allowed', hint: 'Ask somebody who may.' },
  origin: { status: 403, title: 'Asked by another site', hint: 'Use the application itself, or have its address added to "origins" of the handler.' },
  'unknown-route': { status: 404, title: 'Nothing here', hint: 'Check the address: GET openapi.json lists all there is.' },
  unknown: { status: 404, title: 'Not known', hint: 'List what there is, and check the id.' },
  method: { status: 405, title: 'Method not allowed', hint: 'The header Allow names those that are.' },
  malformed: { status: 400, title: 'Not JSON', hint: 'Send JSON.' },
  invalid: { status: 422, title: 'Not as it must be', hint: 'Correct what "errors" names.' },
  reason: { status: 422, title: 'No reason given', hint: 'Say why, in a sentence: it goes into the audit trail.' },
  'media-type': { status: 415, title: 'Not JSON', hint: 'Send JSON, with Content-Type: application/json.' },
  'too-large': { status: 413, title: 'Too large', hint: 'Send less.' },
  'confirm-stale': { status: 409, title: 'The plan is over', hint: 'Make a new plan, look at it, and confirm that.' },
  'confirm-used': { status: 409, title: 'Already begun', hint: 'Look at the job that was begun.' },
  suspect: {
    status: 409,
    title: 'Believed to be damaged',
    hint: 'Choose an older snapshot, or restore this one to a place of its own. To go over the live data all the same, set "acceptSuspect".',
  },
  'sign-in': { status: 400, title: 'No such sign-in', hint: 'Start to connect again, in one browser.' },
  closed: { status: 503, title: 'Not here for now', hint: 'Try again in a moment.' },
  failed: { status: 500, title: 'Failed', hint: 'See "kind".' },
  internal: { status: 500, title: 'Failed', hint: 'The log of the program says why.' },
}

export function typeOf(code: ProblemCode): string {
  return `https://github.com/backup/backup/tree/main/packages/http#problem-${code}`
}
