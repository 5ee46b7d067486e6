const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
]

/** For people: `3 hours`, `1 day`. In the largest unit of which there are two, or exactly one. */
export function durationText(ms: number): string {
  const [unitMs, name] = units.find(([unit]) => ms >= 2 * unit || Math.round(ms) === unit) ?? units.at(-1)!
  const count = Math.round(ms / unitMs)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/** For people, decimal: `1.5 GB`. */
export function bytesText(bytes: number): string {
  const names = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let at = 0
  for (; value >= 1000 && at < names.length - 1; at++) value /= 1000
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${names[at]}`
}

/** For people: `80 %`. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`
}
