import { quoted } from './names.ts'
import type { Row } from './row.ts'

/** A row of the live database exactly as it was: by column, its type and its value. For comparing with what is there later. */
export type SeenRow = Readonly<Record<string, string>>

/** What {@link seenOf} reads, as columns of a SELECT from `t`. */
export function seenColumns(columns: readonly string[]): readonly string[] {
  return columns.map((name) => `${exactly(`t.${quoted(name)}`)} AS ${quoted(prefix + name)}`)
}

export function seenOf(row: Row, columns: readonly string[]): SeenRow {
  return Object.fromEntries(columns.map((name) => [name, String(row[prefix + name])]))
}

/** Also two that are not there are the same. */
export function isSameRow(one: SeenRow | undefined, other: SeenRow | undefined): boolean {
  if (!one || !other) return one === other
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

const prefix = 'seen '

/** As a text, which every driver brings unharmed. `quote` gives a floating-point number all of its digits, and shortens texts with a NUL. */
function exactly(column: string): string {
  const value = `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) WHEN 'real' THEN quote(${column}) ELSE hex(${column}) END`
  return `typeof(${column}) || ' ' || ${value}`
}
