/** Figures and times for people, in one language. */
export interface Formats {
  bytes(value: number): string
  /** `4.2 s`, `3 min`, `2 h`: the largest unit that fits. */
  duration(ms: number): string
  /** The same of what a configuration says: `15m`, or milliseconds. */
  span(value: string | number): string
  /** `3 minutes ago`, `in 2 hours`. */
  ago(time: string | number, nowMs: number): string
  /** The same of what has been: a clock that is behind does not make it the future. */
  past(time: string | number, nowMs: number): string
  dateTime(time: string | number): string
  /** The date alone. */
  date(time: string | number): string
  time(time: string | number): string
  weekday(time: string | number): string
  count(value: number): string
  percent(share: number): string
  money(value: number, currency: string): string
  /** A text of the handler, with its ids made short and its times made readable. */
  text(value: string): string
}

const leastMoney = 0.01
const spans: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const
const steps = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

export function formatsOf(locale: string | undefined): Formats {
  // Each takes milliseconds to make: none is made before it is needed.
  const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>()
  const once = <Format extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(name: string, make: () => Format): Format => {
    const format = made.get(name) ?? make()
    made.set(name, format)
    return format as Format
  }
  const dated = (name: string, options: Intl.DateTimeFormatOptions) => (at: string | number): string =>
    once(name, () => new Intl.DateTimeFormat(locale, options)).format(new Date(at))
  const numbered = (name: string, options: Intl.NumberFormatOptions) => (value: number): string =>
    once(name, () => new Intl.NumberFormat(locale, options)).format(value)
  const dateTime = dated('dateTime', { dateStyle: 'medium', timeStyle: 'short' })
  const inUnit = (value: number, unit: string, digits: number): string =>
    // Of "byte" the short form knows no plural.
    numbered(`${unit} ${digits}`, { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: digits })(value)

  return {
    bytes(value) {
      const power = Math.min(units.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3))
      const scaled = value / 1000 ** power
      return inUnit(scaled, units[power]!, power === 0 || scaled >= 100 ? 0 : 1)
    },
    duration(ms) {
      if (ms < 1000) return inUnit(Math.max(0, Math.round(ms)), 'millisecond', 0)
      const [unit, unitMs] = steps.find(([name, size]) => ms >= size * (name === 'second' ? 1 : 1.5) || ms === size) ?? steps.at(-1)!
      const value = ms / unitMs
      return inUnit(value, unit, value < 10 && unit !== 'minute' ? 1 : 0)
    },
    span(value) {
      const [, count, unit = ''] = /^(\d+)([a-z]+)$/.exec(String(value)) ?? []
      if (typeof value === 'number') return this.duration(value)
      return spans[unit] === undefined ? value : this.duration(Number(count) * spans[unit])
    },
    ago(at, nowMs) {
      const ms = new Date(at).getTime() - nowMs
      const [unit, unitMs] = steps.find(([, size]) => Math.abs(ms) >= size) ?? steps.at(-1)!
      return once('ago', () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })).format(Math.trunc(ms / unitMs), unit)
    },
    past(at, nowMs) {
      return this.ago(Math.min(new Date(at).getTime(), nowMs), nowMs)
    },
    dateTime,
    date: dated('date', { dateStyle: 'medium' }),
    time: dated('time', { timeStyle: 'short' }),
    weekday: dated('weekday', { weekday: 'short', day: 'numeric', month: 'short' }),
    count: numbered('count', {}),
    percent: numbered('percent', { style: 'percent', maximumFractionDigits: 1 }),
    money(value, currency) {
      const format = numbered(currency, { style: 'currency', currency })
      return value > 0 && value < leastMoney ? `< ${format(leastMoney)}` : format(value)
    },
    text: (value) =>
      value
        .replace(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, '$1')
        .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b/g, (at) => dateTime(at)),
  }
}
