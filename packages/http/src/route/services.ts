import type { Backup, Scheduler } from '@backup/core'
import type { Confirmations } from '../confirm/confirmations.ts'
import type { Hub } from '../events/hub.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Settings } from '../options.ts'
import type { CodeToNote } from '../setup/code-to-note.ts'
import type { AccountOption } from '../sign-in/account.ts'
import type { SignIns } from '../sign-in/sign-ins.ts'

/** What routes work with. */
export interface Services {
  readonly backup: Backup
  readonly scheduler?: Scheduler
  readonly accounts: ReadonlyMap<string, AccountOption>
  readonly settings: Settings
  readonly jobs: Jobs
  readonly hub: Hub
  readonly confirmations: Confirmations
  readonly signIns: SignIns
  /** Tells the program what nobody else may see. */
  onError(error: unknown, request: Request): void
  readonly codeToNote: CodeToNote
}
