import type { ProblemCode, ProblemJson } from '../wire/problem.ts'
import { codes, typeOf } from './codes.ts'

/** What else there is to say, beyond what the code says. */
export type Details = Partial<Pick<ProblemJson, 'hint' | 'key' | 'errors' | 'needs' | 'job' | 'findings' | 'retryable' | 'retryAfterMs'>>

/** Thrown by rooms of the handler, and answered as it is. */
export interface Refusal extends Error {
  readonly problem: ProblemJson
  readonly headers: Readonly<Record<string, string>>
}

const refusals = new WeakSet<object>()

export function refuse(code: ProblemCode, detail: string, details: Details = {}, headers: Readonly<Record<string, string>> = {}): Refusal {
  const { status, title, hint } = codes[code]
  const problem: ProblemJson = { type: typeOf(code), title, status, detail, code, hint, retryable: false, ...details }
  const refusal = Object.assign(new Error(detail), { problem, headers })
  refusals.add(refusal)
  return refusal
}

export function isRefusal(error: unknown): error is Refusal {
  return typeof error === 'object' && error !== null && refusals.has(error)
}
