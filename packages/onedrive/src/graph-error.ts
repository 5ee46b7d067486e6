import { BackupError, retryAfterMs } from '@backup/core'
import {
  byCode,
  byStatus,
  networkMeaning,
  noConnection,
  noMeaning,
  noSense,
  serverFault,
  signInFault,
  type Meaning,
} from './meanings.ts'
import { jsonOf, type Answer, type Purpose } from './request.ts'

/**
 * Translates an answer that is no success.
 *
 * Neither the text of the server nor its raw answer is kept: they can repeat addresses that let anybody read
 * or write. Codes, status and request id tell enough.
 */
export function refusal(answer: Answer, request: Purpose): BackupError {
  const codes = codesOf(answer)
  const [kind, what, hint] = meaningOf(answer, codes)
  const shown = [...codes.slice(-1), `status ${answer.status}`].join(', ')
  const id = answer.headers.get('request-id') ?? ''
  const wait = kind === 'throttled' || kind === 'transient' ? waitOf(answer.headers) : undefined
  return new BackupError(kind, `Cannot ${request.doing}: ${what} (${shown}).`, {
    plugin: 'onedrive',
    key: request.key,
    cause: new Error(
      [...codes, `status ${answer.status}`, ...(/^[\w-]{1,64}$/.test(id) ? [`request ${id}`] : [])].join(
        ', ',
      ),
    ),
    ...(hint !== undefined && { hint }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

/** Translates what `fetch` throws, whose text can hold an address. */
export function connectionError(error: unknown, { doing, key }: Purpose): BackupError {
  if (BackupError.is(error)) return error
  const code = networkCodes(error).find((found) => networkMeaning(found))
  const [kind, what, hint] = networkMeaning(code ?? '') ?? noConnection
  const shown = code ?? networkCodes(error)[0]
  return new BackupError(kind, `Cannot ${doing}: ${what}${shown === undefined ? '' : ` (${shown})`}.`, {
    plugin: 'onedrive',
    key,
    cause: new Error(shown ?? 'fetch failed'),
    ...(hint !== undefined && { hint }),
  })
}

export function nonsense({ doing, key }: Purpose): BackupError {
  const [kind, what, hint = ''] = noSense
  return new BackupError(kind, `Cannot ${doing}: ${what}.`, { plugin: 'onedrive', key, hint })
}

/** The codes of an answer, from the general one to the most exact. */
export function codesOf(answer: Pick<Answer, 'body'>): string[] {
  const codes: string[] = []
  let level: unknown = jsonOf(answer)?.['error']
  for (let depth = 0; depth < deepest && typeof level === 'object' && level !== null; depth++) {
    const { code, innerError, innererror } = level as Readonly<Record<string, unknown>>
    if (typeof code === 'string' && /^[\w.-]{1,80}$/.test(code)) codes.push(code)
    level = innerError ?? innererror
  }
  return codes
}

const deepest = 10

/**
 * A 401 that says nothing about the token: a text is looked into here alone, because this fault has no code
 * of its own.
 * Source: rclone, backend/onedrive, which has met it for years.
 */
export function isSignInFault({ status, body }: Answer): boolean {
  return (
    status === 401 && new TextDecoder().decode(body.subarray(0, 4_096)).includes('Unable to initialize RPS')
  )
}

function meaningOf(answer: Answer, codes: readonly string[]): Meaning {
  if (isSignInFault(answer)) return signInFault
  const known = codes.findLast((code) => Object.hasOwn(byCode, code))
  if (known !== undefined) return byCode[known] ?? noMeaning
  const { status } = answer
  return byStatus[status] ?? (status >= 500 ? serverFault : status < 400 ? noSense : noMeaning)
}

/**
 * Milliseconds to wait. A date is compared with the clock of the server, so that a wrong clock here does no
 * harm; without any, the time until the budget is filled again.
 */
function waitOf(headers: Headers): number | undefined {
  const serverNow = Date.parse(headers.get('date') ?? '')
  const asked = retryAfterMs(headers.get('retry-after'), Number.isNaN(serverNow) ? Date.now() : serverNow)
  if (asked !== undefined) return asked
  return headers.get('ratelimit-remaining') === '0'
    ? retryAfterMs(headers.get('ratelimit-reset'), 0)
    : undefined
}

function networkCodes(error: unknown): string[] {
  const codes: string[] = []
  let level: unknown = error
  for (let depth = 0; depth < deepest && typeof level === 'object' && level !== null; depth++) {
    const { code, cause, errors } = level as { code?: unknown; cause?: unknown; errors?: readonly unknown[] }
    if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) codes.push(code)
    level = cause ?? errors?.[0]
  }
  return codes
}
