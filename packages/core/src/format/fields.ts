import { BackupError } from '../errors.ts'
import { fromUtf8 } from './text.ts'

/**
 * Reads the JSON of a stored record field by field. Each getter checks type and bounds and names the record and the field when it
 * does not fit, so a damaged or hostile record can never put a wrong type into the program.
 */
export interface Fields {
  text(field: string): string
  optionalText(field: string): string | null
  /** A whole number from `min` to `max`. */
  number(field: string, min?: number, max?: number): number
  texts(field: string): string[]
  /** A nested object, or each object of an array. */
  object(field: string): Fields
  objects(field: string): Fields[]
  has(field: string): boolean
  /** The value as it is, for records whose fields belong to a plugin. */
  raw(): Readonly<Record<string, unknown>>
  fail(field: string, expected: string): BackupError
}

/** Objects in clear text have a few hundred bytes, and never more than this. */
const maxClearLength = 1024 * 1024

/** @throws `corrupt` when an object in clear text has more than it may have: FORMAT.md §3. */
export function checkClearLength(bytes: Uint8Array, record: string): void {
  if (bytes.length <= maxClearLength) return
  throw new BackupError(
    'corrupt',
    `The ${record} has ${bytes.length} bytes; no more than ${maxClearLength} are allowed.`,
  )
}

/** @throws `corrupt` when the bytes are not a JSON object. */
export function readFields(bytes: Uint8Array, record: string): Fields {
  return parseFields(fromUtf8(bytes), record)
}

export function parseFields(text: string, record: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own error quotes the text, which may be keys.
    throw new BackupError('corrupt', `The ${record} is not JSON.`)
  }
  return fieldsOf(value, record)
}

function fieldsOf(value: unknown, record: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BackupError('corrupt', `The ${record} is not a JSON object.`)
  }
  const object = value as Readonly<Record<string, unknown>>
  const fail = (field: string, expected: string): BackupError =>
    new BackupError('corrupt', `The ${record} has no valid "${field}": expected ${expected}.`)

  return {
    fail,
    raw: () => object,
    has: (field) => Object.hasOwn(object, field) && object[field] !== null,
    text(field) {
      const found = object[field]
      if (typeof found !== 'string') throw fail(field, 'text')
      return found
    },
    optionalText(field) {
      const found = object[field] ?? null
      if (found !== null && typeof found !== 'string') throw fail(field, 'text or null')
      return found
    },
    number(field, min = 0, max = Number.MAX_SAFE_INTEGER) {
      const found = object[field]
      if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < min || found > max) {
        throw fail(field, `a whole number from ${min} to ${max}`)
      }
      return found
    },
    texts(field) {
      const found = object[field]
      if (!Array.isArray(found) || !found.every((item) => typeof item === 'string')) throw fail(field, 'an array of texts')
      return found as string[]
    },
    object: (field) => fieldsOf(object[field], `${record}'s "${field}"`),
    objects(field) {
      const found = object[field]
      if (!Array.isArray(found)) throw fail(field, 'an array of objects')
      return found.map((item, at) => fieldsOf(item, `${record}'s "${field}"[${at}]`))
    },
  }
}
