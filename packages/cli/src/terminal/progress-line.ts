import type { ItemsDone } from '@backup/core'
import { bytesText, itemsText, leftText, percentText, rateText } from './amounts.ts'
import type { Paint } from './paint.ts'

/** How far something is. */
export interface Progress {
  /** One word: `reading`. */
  readonly label: string
  readonly doneBytes?: number
  /** Absent as long as nobody knows. */
  readonly totalBytes?: number
  readonly bytesPerSecond?: number
  readonly leftMs?: number
  /** What people count, where the source counts it. */
  readonly items?: ItemsDone
}

/**
 * One line, a column shorter than the terminal so that it never wraps. Every part has a fixed width, so that
 * nothing jumps while it is redrawn; what there is no room for is left out, the time left first.
 */
export function progressLine(progress: Progress, columns: number, paint: Paint, indent = ''): string {
  const { label, doneBytes } = progress
  const room = columns - 1
  if (doneBytes === undefined) return `${indent}${label} …`.slice(0, room)

  const start = `${indent}${label.padEnd(labelWidth)}`.slice(0, room)
  const share = shareOf(progress)
  const amount = share === undefined ? bytesText(doneBytes) : percentText(share)
  const parts = [
    amount.padStart(amountWidth),
    (progress.bytesPerSecond ? rateText(progress.bytesPerSecond) : '').padStart(rateWidth),
    (progress.leftMs ? leftText(progress.leftMs) : '').padStart(leftWidth),
    ...(progress.items ? [itemsText(progress.items).padStart(itemsWidth)] : []),
  ]
  const least = start.length + (share === undefined ? 0 : leastBar)
  while (parts.length > 0 && least + widthOf(parts) > room) parts.pop()
  const barWidth = Math.min(mostBar, room - start.length - widthOf(parts))
  return `${start}${share === undefined ? '' : bar(share, barWidth, paint)}${paint('dim', parts.join(''))}`
}

/** For where nothing can be redrawn: the same in words. */
export function progressWords(progress: Progress): string {
  const { label, doneBytes, totalBytes = 0, bytesPerSecond, leftMs } = progress
  if (doneBytes === undefined) return `${label} …`
  const share = shareOf(progress)
  const whole = `of ${bytesText(totalBytes)}`
  const amount = share === undefined ? bytesText(doneBytes) : `${percentText(share)} ${whole}`
  const rate = bytesPerSecond ? `, ${rateText(bytesPerSecond)}` : ''
  const items = progress.items ? `, ${itemsText(progress.items)}` : ''
  return `${label}: ${amount}${items}${rate}${leftMs ? `, ${leftText(leftMs)}` : ''}`
}

function shareOf({ doneBytes = 0, totalBytes }: Progress): number | undefined {
  return totalBytes ? Math.min(1, doneBytes / totalBytes) : undefined
}

/** Half a cell is the smallest step, drawn by the half of a line. */
function bar(share: number, width: number, paint: Paint): string {
  const halves = Math.floor(share * width * 2)
  const done = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '')
  return paint('cyan', done) + paint('dim', '─'.repeat(width - done.length))
}

const widthOf = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length, 0)

const labelWidth = 11
const amountWidth = 9
const rateWidth = 11
const leftWidth = 13
const itemsWidth = 26
const leastBar = 6
const mostBar = 32
