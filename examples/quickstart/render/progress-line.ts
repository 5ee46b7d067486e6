import { bytesText, leftText, rateText } from './amounts.ts'
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
}

/**
 * One line, a column shorter than the terminal so that it never wraps. Every part has a fixed width, so that nothing
 * jumps while it is redrawn; what does not fit is left out, the time left first.
 */
export function progressLine(progress: Progress, columns: number, paint: Paint): string {
  const { label, doneBytes, totalBytes } = progress
  const room = columns - 1
  const start = `${indent}${label.padEnd(labelWidth)}`
  if (doneBytes === undefined) return `${indent}${label} …`.slice(0, room)

  const left = progress.leftMs ? leftText(progress.leftMs) : ''
  const rate = progress.bytesPerSecond ? rateText(progress.bytesPerSecond) : ''
  const share = totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(1, doneBytes / totalBytes)
  const amount = share === undefined ? bytesText(doneBytes).padStart(amountWidth) : percentText(share).padStart(percentWidth)
  const parts = [amount, rate.padStart(rateWidth), left.padStart(leftWidth)]

  const least = start.length + (share === undefined ? 0 : leastBar)
  while (parts.length > 0 && least + widthOf(parts) > room) parts.pop()
  const barWidth = Math.min(mostBar, room - start.length - widthOf(parts))
  const line = share === undefined ? '' : bar(share, Math.max(0, barWidth), paint)
  return `${start.slice(0, room)}${line}${paint('dim', parts.join(''))}`
}

/** For where nothing can be redrawn: the same in words. */
export function progressWords({ label, doneBytes, totalBytes, bytesPerSecond, leftMs }: Progress): string {
  if (doneBytes === undefined) return `${label} …`
  const share = totalBytes ? `${percentText(Math.min(1, doneBytes / totalBytes))} of ${bytesText(totalBytes)}` : bytesText(doneBytes)
  const rate = bytesPerSecond ? `, ${rateText(bytesPerSecond)}` : ''
  return `${label}: ${share}${rate}${leftMs ? `, ${leftText(leftMs)}` : ''}`
}

/** Half a cell is the smallest step, drawn by the half of a line. */
function bar(share: number, width: number, paint: Paint): string {
  const halves = Math.floor(share * width * 2)
  const full = Math.floor(halves / 2)
  const done = '━'.repeat(full) + (halves % 2 === 1 ? '╸' : '')
  return paint('cyan', done) + paint('dim', '─'.repeat(width - done.length))
}

/** 100 only when it is done. */
function percentText(share: number): string {
  return `${Math.floor(share * 100)} %`
}

const widthOf = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length, 0)

const indent = '   '
const labelWidth = 11
const percentWidth = 7
const amountWidth = 10
const rateWidth = 11
const leftWidth = 13
const leastBar = 8
const mostBar = 32
