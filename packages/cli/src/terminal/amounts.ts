import type { ItemsDone } from '@backup/core'

/** `987 B`, `41.2 MB`: decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  let value = bytes / 1000
  let unit = 0
  // 999.95 would be shown as 1000.0.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value.toFixed(1)} ${units[unit]}`
}

/** `0.42 s`, `12.3 s`, `2 min 05 s`, `1 h 05 min`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`
  const minutes = Math.round(whole / 60)
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
}

/** `1,204 of 5,000 files`. */
export function itemsText({ unit, done, total }: ItemsDone): string {
  const count = (value: number): string => value.toLocaleString('en-US')
  return total === undefined ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}`
}

/** An estimate, so without false precision: `4 s left`, `12 min left`, `3 h left`. */
export function leftText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 100) return `${seconds} s left`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`
}

/** `212 MB/s`, `8.3 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  const megabytes = bytesPerSecond / 1e6
  return `${megabytes < 9.95 ? megabytes.toFixed(1) : Math.round(megabytes)} MB/s`
}

/** `43 %`, and 100 only when it is all. */
export function percentText(share: number): string {
  return `${Math.floor(share * 100)} %`
}

/** `1,143`. */
export function numberText(count: number): string {
  return count.toLocaleString('en')
}

/** `1,143 packs`, `1 pack`. */
export function countText(count: number, thing: string): string {
  return `${numberText(count)} ${thing}${count === 1 ? '' : 's'}`
}

const units = ['kB', 'MB', 'GB', 'TB', 'PB']
const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `2026-11-21 21:30`, on this machine's clock: what a person compares with a watch. */
export function timeText(time: Date): string {
  const day = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join('-')
  return `${day} ${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`
}

/** `just now`, `5 minutes ago`, `3 days ago`. */
export function agoText(time: Date, now: Date): string {
  const seconds = (now.getTime() - time.getTime()) / 1000
  if (seconds < -60) return 'in the future'
  if (seconds < 60) return 'just now'
  const [size, name] = spans.findLast(([size]) => seconds >= size)!
  const count = Math.floor(seconds / size)
  return `${count} ${name}${count === 1 ? '' : 's'} ago`
}

const spans: readonly (readonly [seconds: number, name: string])[] = [
  [60, 'minute'], [3600, 'hour'], [86_400, 'day'], [604_800 * 2, 'week'],
].map(([seconds, name]) => [seconds as number, name as string])
