/**
 * Milliseconds that a `Retry-After` header asks for: seconds, or a date (RFC 9110, section 10.2.3). For `retryAfterMs` of a
 * `BackupError`.
 *
 * @param now milliseconds since 1970
 * @returns `undefined` when there is no header, or none that says something
 *
 * @example
 * ```ts
 * retryAfterMs('120', Date.now()) // 120000
 * ```
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
