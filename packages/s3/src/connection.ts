import type { S3 } from '@aws-sdk/client-s3'
import { throwIfAborted } from '@backup/core'
import type { Settings } from './options.ts'
import { s3Error } from './s3-error.ts'

/** One request, as messages and the watchdog see it. */
export interface Request {
  /** Completes "Cannot …". */
  readonly doing: string
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

export interface Connection {
  readonly settings: Settings
  /** Sends one request, once. @throws a `BackupError` */
  send<T>(
    request: Request,
    run: (client: S3, options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T>
  close(): Promise<void>
}

const connectMs = 10_000

/** The SDK takes a moment to load, and is loaded by the first request. */
export function connection(settings: Settings): Connection {
  let client: Promise<S3> | undefined

  return {
    settings,

    async send(request, run) {
      const { signal, doing } = request
      throwIfAborted(signal, doing)
      try {
        client ??= connect(settings)
        return await run(await client, signal ? { abortSignal: signal } : {})
      } catch (error) {
        throwIfAborted(signal, doing)
        throw s3Error(error, request)
      }
    },

    async close() {
      const opened = await client?.catch(() => undefined)
      client = undefined
      opened?.destroy()
    },
  }
}

async function connect({ region, endpoint, credentials, idleMs, isAws }: Settings): Promise<S3> {
  const sdk = await import('@aws-sdk/client-s3')
  // Servers of others reject the checksums that came later, or store them as a part of the object.
  const checksums = isAws ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  return new sdk.S3({
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true, region: 'us-east-1' }),
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // Whoever calls has patience for all providers alike.
    maxAttempts: 1,
    // The time-out of the whole request only logs; that of the socket ends it, also in the middle of a body.
    requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs },
  })
}
