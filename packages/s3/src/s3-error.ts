import { BackupError, retryAfterMs } from '@backup/core'
import type { Request } from './connection.ts'
import {
  byCode,
  byStatus,
  networkMeaning,
  noMeaning,
  noSense,
  otherRegion,
  serverFault,
  type Meaning,
} from './meanings.ts'

/** What the SDK throws, as far as it is looked at. */
interface SdkError {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly Region?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
}

/**
 * Translates a failed request. Errors of our own pass through.
 *
 * Neither the text of the server nor its raw answer is kept: a refused signature is answered with the request
 * that was signed, session token included. Code, status and request id tell enough.
 */
export function s3Error(error: unknown, { doing, key }: Pick<Request, 'doing' | 'key'>): BackupError {
  if (BackupError.is(error)) return error
  const meaning = meaningOf(error)
  const [kind, what] = meaning
  const region = meaning === otherRegion ? regionOf(error) : undefined
  const hint = region === undefined ? meaning[2] : `The bucket lies in '${region}': set "region" to that.`
  const wait = retryAfterMs((error as SdkError | undefined)?.$response?.headers?.['retry-after'], Date.now())
  return new BackupError(kind, `Cannot ${doing}: ${what}${shown(error)}.`, {
    plugin: 's3',
    key,
    cause: evidence(error),
    ...(hint !== undefined && { hint }),
    ...(wait !== undefined && (kind === 'throttled' || kind === 'transient') && { retryAfterMs: wait }),
  })
}

/** The code the server sent, such as `NoSuchKey`; answers to HEAD have none. */
export function codeOf(error: unknown): string {
  const { name } = (error ?? {}) as SdkError
  return typeof name === 'string' ? name : ''
}

/** The status of the answer, or nothing when there was none. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = (error ?? {}) as SdkError
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

function meaningOf(error: unknown): Meaning {
  // The SDK calls every broken connection a time-out.
  const known = networkMeaning(networkCodeOf(error)) ?? byCode[codeOf(error)]
  if (known) return known
  const status = statusOf(error)
  if (status !== undefined)
    return byStatus[status] ?? (status >= 500 ? serverFault : status < 300 ? noSense : noMeaning)
  const message = error instanceof Error ? error.message : ''
  return bySdkMessage.find(([start]) => message.startsWith(start))?.[1] ?? noMeaning
}

/** The region that a server names for a bucket, in a header or in its answer. */
function regionOf(error: unknown): string | undefined {
  const { $response, Region } = (error ?? {}) as SdkError
  const named = $response?.headers?.['x-amz-bucket-region'] ?? Region
  return typeof named === 'string' && /^[a-z0-9-]{1,40}$/.test(named) ? named : undefined
}

/** What the SDK finds out by itself, and gives no name. */
const bySdkMessage: readonly (readonly [start: string, Meaning])[] = [
  ['Region is missing', ['config', 'no region is known', 'Set "region", or the region of the AWS SDK.']],
  ['Checksum mismatch', ['transient', 'the body was damaged on its way']],
]

function networkCodeOf(error: unknown): string {
  const { code } = (error ?? {}) as SdkError
  return typeof code === 'string' ? code : ''
}

function shown(error: unknown): string {
  const status = statusOf(error)
  const code = [networkCodeOf(error), codeOf(error)].find(
    (name) => /^[A-Z]\w+$/.test(name) && name !== 'Error',
  )
  const parts = [...(code === undefined ? [] : [code]), ...(status === undefined ? [] : [`status ${status}`])]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function evidence(error: unknown): unknown {
  // Without an answer it is an error of the system or of the SDK, and there is nothing of the server in it.
  if (statusOf(error) === undefined) return error
  const { $metadata } = error as SdkError
  const id = $metadata?.requestId
  return new Error(`${codeOf(error)}${shown(error)}${id === undefined ? '' : `, request ${id}`}`)
}
