import type { Lane, LaneSetup } from '../contract/lane.ts'
import { BackupError, type BackupErrorOptions, type ErrorKind } from '../errors.ts'

/** What passes to a lane in a worker thread, several in one message. */
export type LaneRequest = {
  [Method in keyof Lane]: { readonly call: number; readonly method: Method; readonly argument: Parameters<Lane[Method]>[0] }
}[keyof Lane]

export interface LaneReply {
  readonly call: number
  readonly result?: unknown
  readonly error?: PlainError
}

export interface LaneWorkerData {
  readonly setup: LaneSetup
  /** Shared by all lanes of a run: see `laneFiles`. */
  readonly writeTurn: Int32Array
}

/** An error as plain data: structured cloning would lose everything but the message. */
export interface PlainError extends Omit<BackupErrorOptions, 'cause'> {
  readonly kind: ErrorKind
  readonly message: string
  readonly stack?: string
}

export function plainError(error: unknown): PlainError {
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}
  if (!BackupError.is(error)) return { kind: 'permanent', message: error instanceof Error ? error.message : String(error), ...stack }
  const { kind, message, hint, retryable, key, plugin } = error
  return { kind, message, hint, retryable, ...stack, ...(key !== undefined && { key }), ...(plugin !== undefined && { plugin }) }
}

export function revivedError({ kind, message, stack, ...options }: PlainError): BackupError {
  const error = new BackupError(kind, message, options)
  if (stack !== undefined) error.stack = stack
  return error
}
