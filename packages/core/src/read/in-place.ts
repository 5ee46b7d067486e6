import type { RestoredPlace } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import { inOurWords } from '../track/announcer.ts'

/** What failed after a restore had taken its place, so that nobody believes that nothing has happened. */
export function inPlace({ place, safetyCopy }: RestoredPlace, cause: unknown): BackupError {
  const kind = BackupError.is(cause) ? cause.kind : 'permanent'
  const before = safetyCopy === undefined ? '' : ` What was there before is kept: ${safetyCopy}.`
  return new BackupError(kind, `It is restored to ${place}, and what follows was not done: ${inOurWords(cause).message}`, {
    retryable: false,
    altered: true,
    hint: `Look at what was restored before you rely on it.${before}`,
    cause,
  })
}
