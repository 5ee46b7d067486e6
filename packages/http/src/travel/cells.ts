import { refuse } from '../problem/refusal.ts'
import type { CellJson, RowJson, SqlValueJson } from '../wire/travel.ts'
import type { TravelRow, TravelValue } from './time-travel.ts'

/** Characters of a text that are shown in a cell, and bytes. */
const shownCharacters = 1000
const shownBytes = 96
/** At the end of what was cut off. */
const halfACharacter = /[\uD800-\uDBFF]$/

/** Exactly this value, which {@link valueOf} takes back. */
export function exactly(value: TravelValue): SqlValueJson {
  if (typeof value === 'bigint') return { integer: String(value) }
  if (value instanceof Uint8Array) return { base64: base64(value) }
  // JSON has no word for it.
  if (typeof value === 'number' && !Number.isFinite(value)) return { real: String(value) }
  return value
}

/** A row for people: what is long is cut off. */
export function rowOf(row: TravelRow): RowJson {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)]))
}

function cellOf(value: TravelValue): CellJson {
  if (typeof value === 'string' && value.length > shownCharacters) return { text: value.slice(0, shownCharacters).replace(halfACharacter, ''), characters: value.length }
  if (value instanceof Uint8Array && value.length > shownBytes) return { base64: base64(value.subarray(0, shownBytes)), bytes: value.length }
  return exactly(value)
}

/** @throws `invalid` for what no value is */
export function valueOf(value: SqlValueJson): TravelValue {
  if (value === null || typeof value !== 'object') return value
  if ('real' in value) return Number(value.real)
  try {
    return 'integer' in value ? BigInt(value.integer) : Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0))
  } catch {
    throw refuse('invalid', 'A value of a key is none.', { errors: [{ at: '#', message: JSON.stringify(value) }] })
  }
}

/** Arguments that a call takes anywhere: some engines have a stack for no more than 65,536. */
const atOnce = 8192

function base64(bytes: Uint8Array): string {
  let characters = ''
  for (let at = 0; at < bytes.length; at += atOnce) characters += String.fromCharCode(...bytes.subarray(at, at + atOnce))
  return btoa(characters)
}
