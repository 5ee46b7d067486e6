import type { BackupSettings, InitResult, SetupState } from '@backup/core'
import type { AsJson } from './as-json.ts'

/** Whether there is a repository, and why not: what a first start has to know. */
export interface SetupJson extends AsJson<SetupState> {
  /** A recovery code was made, and nobody has said yet that it is on paper: `POST /setup` shows it to who may configure. */
  readonly codeToNote?: true
}

/** `recoveryCode` is there until somebody has said that it is noted. */
export type InitResultJson = AsJson<InitResult>

/** The code that is on paper now. */
export interface CodeNotedBody {
  readonly recoveryCode: string
}

/** The one that opens the repository from now on, in the place of older ones. */
export interface RecoveryCodeJson {
  readonly recoveryCode: string
}

/** The configuration, as far as it is no secret. */
export type ConfigurationJson = AsJson<BackupSettings>
