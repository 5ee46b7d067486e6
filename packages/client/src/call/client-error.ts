import type { ProblemCode, ProblemJson } from '@backup/http/wire'

/** Why a request failed, for programs and in words for people. Recognised with {@link isClientError}. */
export interface ClientError extends Error {
  /** What the handler says, or that it could not be reached (`network`), or that somebody else answered (`answer`). */
  readonly code: ProblemCode | 'network' | 'answer' | 'aborted'
  /** What to do about it. */
  readonly hint: string
  /** The same request may succeed later. */
  readonly retryable: boolean
  /** As it came from the handler; absent when it did not get there. */
  readonly problem?: ProblemJson
}

const known = new WeakSet<object>()

export function isClientError(value: unknown): value is ClientError {
  return typeof value === 'object' && value !== null && known.has(value)
}

export function clientError(details: Pick<ClientError, 'code' | 'message' | 'hint' | 'retryable'> & Pick<Partial<ClientError>, 'problem' | 'cause'>): ClientError {
  const { message, cause, ...rest } = details
  const error = Object.assign(new Error(message, { cause }), { name: 'ClientError', ...rest })
  known.add(error)
  return error
}

export function asClientError(thrown: unknown): ClientError {
  if (isClientError(thrown)) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return clientError({ code: 'aborted', message: 'It was given up.', hint: '', retryable: false, cause: thrown })
  }
  return clientError({
    code: 'network',
    message: 'The application cannot be reached.',
    hint: 'If it is still running, what is under way goes on. This page comes back by itself as soon as there is a connection.',
    retryable: true,
    cause: thrown,
  })
}

/** The refusal that an answer holds. */
export async function refusalOf(response: Response): Promise<ClientError> {
  const { status, headers } = response
  if (!headers.get('content-type')?.startsWith('application/problem+json')) {
    void response.body?.cancel().catch(() => {})
    return clientError({
      code: 'answer',
      message: `Something else than the backup answered, with status ${status}.`,
      hint: 'Check the address that the client was given, and what stands before the application.',
      retryable: status >= 500 || status === 429,
    })
  }
  const problem = (await response.json()) as ProblemJson
  const { code, detail, hint, retryable } = problem
  return clientError({ code, message: detail, hint, retryable, problem })
}
