/** Why the store does not do what it is asked to: something that people can mend. */
export interface Refusal extends Error {
  readonly code: RefusalCode
  /** Which part of what was given is meant: `lines.2.quantity`. */
  readonly field?: string
}

export type RefusalCode = 'invalid' | 'not-found' | 'exists' | 'out-of-stock' | 'restoring'

const mark = Symbol.for('iron-store.refusal')

export function refuse(code: RefusalCode, message: string, field?: string): Refusal {
  return Object.assign(new Error(message), { [mark]: true, code, ...(field !== undefined && { field }) })
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && mark in error
}
