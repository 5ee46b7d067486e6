import { refuse } from './refusal.ts'

const longest = 2000

/** @throws `invalid` naming the field */
export function textOf(given: unknown, field: string, { required = false }: { readonly required?: boolean } = {}): string {
  if (given === undefined && !required) return ''
  if (typeof given !== 'string' || given.length > longest) throw refuse('invalid', `${field} must be a text of at most ${longest} characters.`, field)
  const text = given.trim()
  if (required && text === '') throw refuse('invalid', `${field} is missing.`, field)
  return text
}

/** @throws `invalid` naming the field */
export function wholeOf(given: unknown, field: string, [least, most]: readonly [least: number, most: number]): number {
  if (Number.isSafeInteger(given) && (given as number) >= least && (given as number) <= most) return given as number
  throw refuse('invalid', `${field} must be a whole number from ${least} to ${most}.`, field)
}
