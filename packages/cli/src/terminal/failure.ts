import { BackupError, type ErrorKind } from '@backup/core'

/** An error as plain data, for JSON. */
export interface FailureInfo {
  readonly kind: string
  readonly message: string
  readonly hint: string
  readonly plugin?: string
  readonly key?: string
  readonly retryable: boolean
}

/** What failed, what to do, and the command to type next. */
export interface FailureText {
  readonly what: string
  readonly advice: string
  readonly next?: string
}

export function failureInfo(error: unknown): FailureInfo {
  if (!BackupError.is(error)) {
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'unexpected', message, hint: unexpected, retryable: false }
  }
  const { kind, message, hint, plugin, key, retryable } = error
  return { kind, message, hint, retryable, ...(plugin !== undefined && { plugin }), ...(key !== undefined && { key }) }
}

export function failureText(error: unknown, doing: string): FailureText {
  const { kind, message, hint } = failureInfo(error)
  const next = nextCommand[kind as ErrorKind]
  return { what: `${doing}: ${message}`, advice: inCommands(hint), ...(next !== undefined && { next }) }
}

/** Hints of the library name its functions. */
function inCommands(hint: string): string {
  return hint.replace(/\bcall init\(\)( once| again)?/i, 'run "npx backup init"$1').replace(/\brun verify\b/, 'run "npx backup verify"')
}

const unexpected = 'This is not one of the failures that were foreseen. Run again with BACKUP_DEBUG=1 to see where it comes from.'

const nextCommand: Partial<Readonly<Record<ErrorKind, string>>> = {
  config: 'npx backup doctor',
  'not-found': 'npx backup list',
  'target-missing': 'npx backup doctor',
  'not-a-repository': 'npx backup doctor',
  auth: 'npx backup doctor',
  key: 'npx backup doctor',
  quota: 'npx backup doctor',
  corrupt: 'npx backup verify --depth data',
  transient: 'npx backup doctor',
  source: 'npx backup doctor',
}
