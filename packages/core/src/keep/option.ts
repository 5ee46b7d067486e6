import { BackupError } from '../errors.ts'

type Field = [name: string, value: unknown]

/** Of an option that must have exactly one of several fields: that one. Misspelt ones are refused. */
export function onlyField(option: object, rule: string, allowed: readonly string[]): Field {
  const fields: Field[] = typeof option === 'object' && option !== null ? Object.entries(option) : []
  const [field] = fields
  if (field && fields.length === 1 && allowed.includes(field[0])) return field
  const given = fields.map(([name]) => name).join(', ') || String(option)
  throw invalid(`${rule} takes exactly one of ${allowed.join(', ')}; it was given ${given}.`)
}

/** @throws `config` unless the value is a whole number from 1 to `most`. */
export function checkCount(value: unknown, what: string, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return
  throw invalid(`${what} must be a whole number from 1 to ${most}, not ${String(value)}.`)
}

/** One word or several, none of them empty. */
export function wordsOf(words: string | readonly string[], rule: string): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(words) ? words : [words]
  const texts = list.filter((word) => typeof word === 'string').filter((word) => word !== '')
  if (texts.length > 0 && texts.length === list.length) return new Set(texts)
  throw invalid(`${rule} needs one word or several, and none of them empty.`)
}

function invalid(message: string): BackupError {
  return new BackupError('config', message, { key: 'retention' })
}
