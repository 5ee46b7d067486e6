import { BackupError, type ErrorKind } from '@backup/core'

/** How a command ended, for scripts: the README explains each. Codes are never given another meaning. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  incomplete: 4,
  damaged: 5,
  later: 6,
  away: 7,
  refused: 8,
  full: 9,
  'health-warning': 10,
  'health-critical': 11,
  unconfirmed: 12,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const codeOfKind: Readonly<Record<ErrorKind, ExitCode>> = {
  config: exitCodes.config,
  'not-found': exitCodes.failed,
  exists: exitCodes.failed,
  'target-missing': exitCodes.away,
  'not-a-repository': exitCodes.away,
  auth: exitCodes.refused,
  quota: exitCodes.full,
  throttled: exitCodes.later,
  transient: exitCodes.later,
  busy: exitCodes.later,
  range: exitCodes.damaged,
  corrupt: exitCodes.damaged,
  key: exitCodes.refused,
  unsupported: exitCodes.failed,
  source: exitCodes.failed,
  cancelled: exitCodes.interrupted,
  permanent: exitCodes.failed,
}

export function exitCodeOf(error: unknown): ExitCode {
  return BackupError.is(error) ? codeOfKind[error.kind] : exitCodes.failed
}

/** Of several jobs the worst ending counts; a job that failed is worse than any that did not. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce((worst, code) => (severity.indexOf(code) > severity.indexOf(worst) ? code : worst), exitCodes.ok)
}

/** Mildest first. */
const severity: readonly ExitCode[] = [0, 4, 10, 6, 12, 7, 9, 11, 2, 3, 8, 1, 5, 143, 130]
