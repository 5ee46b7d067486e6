const dateTimes = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'always' })

const moneys = new Map<string, Intl.NumberFormat>()

/** @param cents without tax or with it: that is up to what is shown */
export function money(cents: number, currency = 'EUR'): string {
  let format = moneys.get(currency)
  if (!format) moneys.set(currency, (format = new Intl.NumberFormat(undefined, { style: 'currency', currency })))
  return format.format(cents / 100)
}

/** What somebody typed, with a point or a comma. @returns nothing when it is no amount */
export function centsOf(text: string): number | undefined {
  const [, whole, part = ''] = /^\s*(\d{1,7})(?:[.,](\d{0,2}))?\s*$/.exec(text) ?? []
  return whole === undefined ? undefined : Number(whole) * 100 + Number(part.padEnd(2, '0'))
}

export function date(time: string): string {
  return dates.format(new Date(time))
}

export function dateTime(time: string): string {
  return dateTimes.format(new Date(time))
}

export function percent(permille: number): string {
  return `${permille / 10} %`
}

const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const

/** `3 minutes ago`; what is less than a minute ago was just now. */
export function past(time: string, now: number): string {
  const ms = now - Date.parse(time)
  for (const [unit, length] of units) if (ms >= length) return ago.format(-Math.floor(ms / length), unit)
  return 'just now'
}
