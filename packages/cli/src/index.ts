export { defineBackup } from './config/define-backup.ts'
export type { ConfigExport } from './config/jobs.ts'
export { type ExitCode, exitCodes } from './exit-codes.ts'
