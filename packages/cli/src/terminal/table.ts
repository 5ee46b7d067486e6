import type { Paint } from './paint.ts'

export interface Column {
  readonly title: string
  /** Text stands on the left, amounts on the right. */
  readonly align: 'left' | 'right'
  /** May be left out where there is little room; the last such column goes first. */
  readonly spare?: boolean
}

type Rows = readonly (readonly string[])[]

/** Lines of at most `width` columns, as far as spare columns allow; headings first. */
export function tableLines(columns: readonly Column[], rows: Rows, width: number, paint: Paint): string[] {
  const shown = fitting(columns.map((column, at) => withCells(column, rows, at)), width)
  const [heading = '', ...lines] = Array.from({ length: rows.length + 1 }, (_, row) =>
    shown.map(({ cells }) => cells[row]).join(gap).trimEnd(),
  )
  return [paint('dim', heading), ...lines]
}

interface FilledColumn {
  readonly spare: boolean
  readonly width: number
  /** All of the same width, the title first. */
  readonly cells: readonly string[]
}

function withCells({ title, align, spare = false }: Column, rows: Rows, at: number): FilledColumn {
  const cells = [title, ...rows.map((row) => row[at] ?? '')]
  const width = Math.max(...cells.map((cell) => cell.length))
  const pad = (cell: string): string => (align === 'right' ? cell.padStart(width) : cell.padEnd(width))
  return { spare, width, cells: cells.map(pad) }
}

function fitting(columns: readonly FilledColumn[], room: number): readonly FilledColumn[] {
  const total = columns.reduce((sum, { width }) => sum + width, gap.length * (columns.length - 1))
  const last = columns.findLastIndex(({ spare }) => spare)
  if (total <= room || last < 0) return columns
  return fitting(columns.toSpliced(last, 1), room)
}

const gap = '  '
