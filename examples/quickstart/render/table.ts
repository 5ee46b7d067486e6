import type { Paint } from './paint.ts'

export interface Column {
  readonly title: string
  /** Text stands on the left, amounts on the right. */
  readonly align: 'left' | 'right'
  /** May be left out where there is little room; the last such column goes first. */
  readonly spare?: boolean
}

/** Lines of at most `width` columns, headings first. */
export function tableLines(
  columns: readonly Column[], rows: readonly (readonly string[])[], width: number, paint: Paint,
): string[] {
  const shown = fitting(columns, rows, width)
  const line = (cells: readonly string[]): string =>
    shown
      .map((at) => (columns[at]?.align === 'right' ? (cells[at] ?? '').padStart(widthOf(at)) : (cells[at] ?? '').padEnd(widthOf(at))))
      .join(gap)
      .trimEnd()
  const widthOf = (at: number): number => columnWidth(columns, rows, at)
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

/** Which columns there is room for, by number. */
function fitting(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const shown = columns.map((_, at) => at)
  const total = (): number => shown.reduce((sum, at) => sum + columnWidth(columns, rows, at), gap.length * (shown.length - 1))
  while (total() > width) {
    const spare = shown.findLastIndex((at) => columns[at]?.spare === true)
    if (spare < 0) break
    shown.splice(spare, 1)
  }
  return shown
}

function columnWidth(columns: readonly Column[], rows: readonly (readonly string[])[], at: number): number {
  return Math.max(columns[at]?.title.length ?? 0, ...rows.map((cells) => (cells[at] ?? '').length))
}

const gap = '  '
