import type {} from './graph-client-globals.ts'
import type * as sdk from '@microsoft/microsoft-graph-client'
import { BackupError, throwIfAborted } from '@backup/core'
import { codesOf, isSignInFault, nonsense } from './graph-error.ts'
import { jsonOf, type Answer, type Request } from './request.ts'
import type { Network, Reading } from './exchange.ts'
import type { Settings } from './options.ts'

/** A request to Graph, with a token. */
export interface GraphCall extends Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the version, every segment escaped: `/me/drive/root`. */
  readonly path: string
  readonly json?: object
  readonly bytes?: Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are an answer and no failure, beside those of success. */
  readonly accept?: readonly number[]
  readonly reading?: Reading
}

export type Json = Readonly<Record<string, unknown>>

export interface GraphAnswer extends Answer {
  /** @throws `transient` when the body is no JSON, or says that something failed */
  json(): Json
}

export interface Graph {
  readonly settings: Settings
  readonly network: Network
  /** Sends one request, once; only a token that is not accepted is replaced, once. @throws a `BackupError` */
  send(call: GraphCall): Promise<GraphAnswer>
}

type Sdk = typeof sdk

const version = 'v1.0'

/** The client of Microsoft takes a moment to load, and is loaded by the first request. */
export function graph(settings: Settings, network: Network): Graph {
  let loading: Promise<Sdk> | undefined

  const tokenFor = async (request: Request, rejected?: string): Promise<string> => {
    const { signal, doing } = request
    throwIfAborted(signal, doing)
    try {
      return await settings.auth.accessToken({
        ...(signal && { signal }),
        ...(rejected !== undefined && { rejected }),
      })
    } catch (error) {
      throwIfAborted(signal, doing)
      throw BackupError.is(error) ? error : noToken(error, request)
    }
  }

  return {
    settings,
    network,

    async send(call) {
      const token = await tokenFor(call)
      const loaded = await (loading ??= import('@microsoft/microsoft-graph-client'))
      let answer = await sendWith(loaded, settings, network, call, token)
      if (answer.status === 401 && !isSignInFault(answer)) {
        answer = await sendWith(loaded, settings, network, call, await tokenFor(call, token))
      }
      const { status } = answer
      if ((status < 200 || status >= 300) && !call.accept?.includes(status))
        throw network.refuse(answer, call)
      return { ...answer, json: () => checked(answer, call, network) }
    },
  }
}

/**
 * The client adds the token, and only for https and a host of Graph or the one named in the options.
 * Everything else it would do (retries, redirects, telemetry, reading the answer) is left out, and errors are
 * kept from its own translation.
 */
async function sendWith(
  { Client, AuthenticationHandler, ResponseType }: Sdk,
  { graphUrl, userAgent }: Settings,
  network: Network,
  call: GraphCall,
  token: string,
): Promise<Answer> {
  const { method, path, json, bytes, headers = {} } = call
  let outcome: { readonly answer: Answer } | { readonly error: unknown } | undefined
  const exchange = async ({ request, options = {} }: sdk.Context): Promise<Answer> =>
    network.exchange(
      call,
      String(request),
      {
        method,
        headers: options.headers as Record<string, string>,
        ...(options.body && { body: options.body }),
        bytes: bytes?.length ?? 0,
      },
      call.reading,
    )
  const last = {
    async execute(context: sdk.Context): Promise<void> {
      outcome = await exchange(context).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      )
    },
  }
  const client = Client.initWithMiddleware({
    baseUrl: `${graphUrl}/`,
    defaultVersion: version,
    customHosts: new Set([new URL(graphUrl).hostname]),
    middleware: [new AuthenticationHandler({ getAccessToken: async () => token }), last],
  })
  const request = client
    .api(path)
    .responseType(ResponseType.RAW)
    .headers({ accept: 'application/json', 'user-agent': userAgent, ...headers })
  // Never a view: the client would send the whole buffer behind it. A Buffer goes as it is.
  const body = bytes ?? json
  if (method === 'GET') await request.get()
  else if (method === 'DELETE') await request.delete()
  else if (method === 'POST') await request.post(body)
  else if (method === 'PATCH') await request.patch(body)
  else await request.put(body)

  if (!outcome) throw nonsense(call)
  if ('error' in outcome) throw outcome.error
  return outcome.answer
}

/** Of a token source that is not from `@backup/oauth`; what it says may hold a token. */
function noToken(error: unknown, { doing, key }: Request): BackupError {
  const name = error instanceof Error ? error.name : typeof error
  return new BackupError('auth', `Cannot ${doing}: the token source failed (${name}).`, {
    plugin: 'onedrive',
    key,
    hint: 'Look at "auth": accessToken() has to return a token, or to throw a BackupError that says why not.',
  })
}

/** Some answers say 200 and carry an error. */
function checked(answer: Answer, call: GraphCall, network: Network): Json {
  const json = jsonOf(answer)
  if (codesOf(answer).length > 0) throw network.refuse(answer, call)
  if (!json) throw nonsense(call)
  return json
}
