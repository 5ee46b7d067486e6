import type { BackupSettings, InitResult, SetupState } from '@backup/core'
import type { AsJson } from './as-json.ts'

/** Whether there is a repository, and why not: what a first start has to know. */
export type SetupJson = AsJson<SetupState>
/** `recoveryCode` is shown this once. */
export type InitResultJson = AsJson<InitResult>
/** The configuration, as far as it is no secret. */
export type ConfigurationJson = AsJson<BackupSettings>
