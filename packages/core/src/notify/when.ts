import { inWords, type Notice } from './notice.ts'

/**
 * A moment that anybody can read, with the offset that it was told in: `2026-03-29 03:12 UTC+2`.
 *
 * @param ms milliseconds since 1970
 * @param zone IANA zone, or that of the system
 */
export function moment(ms: number, zone: string | undefined): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  })
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  const offset = part['timeZoneName']?.replace(/^GMT(?:[+-]0)?/, 'UTC')
  return `${part['year']}-${part['month']}-${part['day']} ${part['hour']}:${part['minute']} ${offset}`
}

/** When a notice began and how long it has been so: `Since 2026-03-29 03:12 UTC+2 (3 hours).` */
export function sinceWhen({ at, since, level }: Notice, zone: string | undefined): string {
  if (since === undefined) return `At ${moment(at, zone)}.`
  const span = inWords(at - since)
  if (level === 'solved') return `From ${moment(since, zone)} to ${moment(at, zone)} (${span}).`
  return `Since ${moment(since, zone)} (${span}).`
}
