import type { CellJson, RowKeyJson } from '@backup/client'
import type { ReactNode } from 'react'
import type { Formats } from '../format.ts'
import { useDashboard } from '../context.tsx'
import type { Words } from '../words.ts'

/** A value as somebody reads it. Nothing is told apart by its colour alone. */
export function Cell({ value }: { readonly value: CellJson | undefined }): ReactNode {
  const { words: { travel }, format } = useDashboard()
  if (value === undefined || value === null) return <span className="backup-cell-none">{travel.empty}</span>
  const isOdd = typeof value === 'object' && 'base64' in value
  return <span className={isOdd ? 'backup-cell-none' : 'backup-cell'}>{textOf(value, travel, format)}</span>
}

/** The same without any markup. */
export function textOf(value: CellJson | undefined, words: Words['travel'], format: Formats): string {
  if (value === undefined || value === null) return words.empty
  // As it is stored, and not as a figure: it may be a number of something.
  if (typeof value !== 'object') return String(value)
  if ('integer' in value) return value.integer
  if ('real' in value) return value.real
  if ('text' in value) return `${value.text.slice(0, 200)}${words.truncated(format.count(value.characters))}`
  return words.bytes(format.bytes('bytes' in value ? value.bytes : atob(value.base64).length))
}

export function keyText(key: RowKeyJson, words: Words['travel'], format: Formats): string {
  return key.map((value) => textOf(value, words, format)).join(', ')
}

export function isNumber(value: CellJson | undefined): boolean {
  return typeof value === 'number' || (typeof value === 'object' && value !== null && ('integer' in value || 'real' in value))
}
