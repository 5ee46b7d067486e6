import { utf8 } from '../format/text.ts'
import type { Timetable } from './timetable.ts'

/**
 * When a planned time really begins: up to `jitterMs` later, and before the next planned time, so that the order stays.
 *
 * A function of its arguments alone: all processes come to the same.
 */
export function startOf(plannedMs: number, job: string, jitterMs: number, table: Timetable): number {
  if (jitterMs === 0) return plannedMs
  const gapMs = (table.next(plannedMs) ?? Infinity) - plannedMs
  return plannedMs + Math.floor(Math.min(jitterMs, gapMs) * fraction(`${job}\n${plannedMs}`))
}

/** From 0 to less than 1: FNV-1a with the finish of MurmurHash3, for neighbours must not stay neighbours. */
function fraction(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
