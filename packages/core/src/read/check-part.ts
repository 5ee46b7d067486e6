import { BackupError } from '../errors.ts'

/** @throws `config` for what is no number of bytes */
export function checkPart(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new BackupError('config', `Option "${option}" must be a whole number of bytes, from 0; found ${value}.`, { key: option })
}
