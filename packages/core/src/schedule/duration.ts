import { BackupError } from '../errors.ts'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * @returns milliseconds, a whole number
 * @throws `config` when it is no {@link Duration}
 */
export function durationMs(value: unknown, option: string): number {
  const match = typeof value === 'string' ? /^(\d{1,9}(?:\.\d{1,3})?)([smhdw])$/.exec(value) : null
  const [, amount, unit = ''] = match ?? []
  const ms = Math.round(Number(amount) * (units[unit] ?? Number.NaN))
  if (ms > 0) return ms
  const shown = typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : typeof value
  throw new BackupError('config', `Option "${option}" must be a length of time, a number with s, m, h, d or w, such as "15m"; found ${shown}.`, {
    key: option,
  })
}

/** `15 min`, `1 h 30 min`, `2 d`: the two largest units that are not nothing. */
export function durationText(ms: number): string {
  const names = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1_000]] as const
  let rest = Math.round(ms / 1_000) * 1_000
  const parts: string[] = []
  for (const [name, unitMs] of names) {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return parts.slice(0, 2).join(' ') || (ms > 0 ? `${Math.ceil(ms)} ms` : '0 s')
}
