import type { S3 } from '@aws-sdk/client-s3'
import { BackupError, throwIfAborted } from '@backup/core'
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
  /** The SHA-256 of a body, in hex: it is signed as it is, so that the server finds out if it is wrong. */
  declare(body: Uint8Array, sha256: string): void
  close(): Promise<void>
}

const connectMs = 10_000

/** The SDK takes a moment to load, and is loaded by the first request. */
export function connection(settings: Settings): Connection {
  const hashes = new WeakMap<Uint8Array, string>()
  let client: Promise<S3> | undefined

  const opened = async (): Promise<S3> => {
    const opening = (client ??= connect(settings, hashes))
    try {
      return await opening
    } catch (error) {
      if (client === opening) client = undefined
      throw error
    }
  }

  return {
    settings,

    declare(body, sha256) {
      hashes.set(body, sha256)
    },

    async send(request, run) {
      const { signal, doing } = request
      throwIfAborted(signal, doing)
      try {
        return await run(await opened(), signal ? { abortSignal: signal } : {})
      } catch (error) {
        throwIfAborted(signal, doing)
        throw s3Error(error, request)
      }
    },

    async close() {
      const last = await client?.catch(() => undefined)
      client = undefined
      last?.destroy()
    },
  }
}

async function connect(settings: Settings, hashes: WeakMap<Uint8Array, string>): Promise<S3> {
  const { region, endpoint, credentials, idleMs, isAws } = settings
  const sdk = await import('@aws-sdk/client-s3')
  // Servers of others reject the checksums that came later, or store them as a part of the object.
  const checksums = isAws ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const client = new sdk.S3({
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
  // The SDK also looks for an address in the files of its profiles.
  if (endpoint === undefined && (await client.config.serviceConfiguredEndpoint?.())) throw otherEndpoint()
  client.middlewareStack.add(
    (next) => (args) => {
      const { Body } = args.input as { Body?: unknown }
      const sha256 = Body instanceof Uint8Array ? hashes.get(Body) : undefined
      const { headers } = args.request as { headers: Record<string, string> }
      if (sha256 !== undefined) headers['x-amz-content-sha256'] = sha256
      return next(args)
    },
    { step: 'build', name: 'declaredHash' },
  )
  return client
}

function otherEndpoint(): BackupError {
  const message = 'A profile of the AWS SDK names another server ("endpoint_url"), and "endpoint" does not.'
  return new BackupError('config', message, {
    plugin: 's3',
    key: 'endpoint',
    hint: 'Set "endpoint" to that server, or AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true.',
  })
}
