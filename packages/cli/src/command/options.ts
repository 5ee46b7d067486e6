import { BackupError } from '@backup/core'

/** @throws `config` unless the text is a whole number, at least `least` */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text)
    throw new BackupError('config', `It takes a whole number of at least ${least}.`)
  }
}

/** `500MB`, `2GB`, or plain bytes; decimal units, as everywhere. @throws `config` */
export function byteCount(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?(k?B|MB|GB|TB)?$/i.exec(text) ?? []
  const bytes = Math.round(Number(digits) * (factors[unit.toUpperCase()] ?? 1))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new BackupError('config', 'It takes a size such as 500MB or 2GB.')
}

const factors: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }
