/**
 * A refusal or failure, as RFC 9457 has it: `application/problem+json`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export interface ProblemJson {
  /** An address that stands for {@link code}, and leads to its description. */
  readonly type: string
  /** The same for the same code. */
  readonly title: string
  readonly status: number
  /** What happened this time, for people. Never a secret. */
  readonly detail: string
  /** For programs. */
  readonly code: ProblemCode
  /** Of a failure of the backup itself: the kind of its `BackupError`. */
  readonly kind?: string
  /** What to do about it. */
  readonly hint: string
  /** Object, option or id that it is about. */
  readonly key?: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
  /** What was to be changed is not as it was before, or nobody can tell; the hint says how to get back. */
  readonly altered?: true
  /** What is wrong with a body or query, by its place. */
  readonly errors?: readonly { readonly at: string; readonly message: string }[]
  /** Of `forbidden`: the action that is lacking. */
  readonly needs?: string
  /** Of `confirm-used`: the job that was started with this token. */
  readonly job?: string
  /** Of `suspect`: why the snapshot is believed to be damaged. */
  readonly findings?: readonly string[]
}

/**
 * | code | status | what happened |
 * | --- | --- | --- |
 * | `unauthorised` | 401 | `authorize` does not know who asks |
 * | `forbidden` | 403 | the role does not allow it |
 * | `origin` | 403 | another site asks, in the name of a user of this one |
 * | `unknown-route` | 404 | there is nothing at this path |
 * | `unknown` | 404 | no such job, sign-in, account or part of the schedule |
 * | `method` | 405 | the path is right, the method is not |
 * | `malformed` | 400 | the body is no JSON |
 * | `invalid` | 422 | body or query do not fit the schema |
 * | `reason` | 422 | nobody said why |
 * | `media-type` | 415 | the body is something else than JSON |
 * | `too-large` | 413 | the body is larger than the handler takes |
 * | `confirm-stale` | 409 | no plan belongs to this token any more: it expired, or the program was started anew |
 * | `confirm-used` | 409 | what this token confirms was done already, or is being done |
 * | `suspect` | 409 | the snapshot is believed to be damaged, and would go over the live data |
 * | `sign-in` | 400 | the sign-in is not one that was begun here, is over, or began in another browser |
 * | `closed` | 503 | the handler was closed: another takes its place, or the program ends |
 * | `failed` | by kind | the backup itself failed: see `kind` |
 * | `internal` | 500 | something outside of the backup failed; the log of the program has it |
 */
export type ProblemCode =
  | 'unauthorised'
  | 'forbidden'
  | 'origin'
  | 'unknown-route'
  | 'unknown'
  | 'method'
  | 'malformed'
  | 'invalid'
  | 'reason'
  | 'media-type'
  | 'too-large'
  | 'confirm-stale'
  | 'confirm-used'
  | 'suspect'
  | 'sign-in'
  | 'closed'
  | 'failed'
  | 'internal'
