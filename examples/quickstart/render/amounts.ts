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

/** `1,143`. */
export function countText(count: number): string {
  return count.toLocaleString('en')
}

const units = ['kB', 'MB', 'GB', 'TB', 'PB']
const twoDigits = (value: number): string => String(value).padStart(2, '0')
