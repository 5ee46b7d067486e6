import type { RouteName, Routes } from '@backup/http/wire'
import { asClientError, clientError, refusalOf } from './client-error.ts'

/** Sends a request. `fetch` is one; a handler of `@backup/http` is another. */
export type Send = (request: Request) => Promise<Response>

/** What a route takes: names in its path, a query, a body. */
export type CallInput<Name extends RouteName> = Given<'params', ParamsOf<Name>> & Given<'query', Routes[Name]['query']> & Given<'body', Routes[Name]['body']>

/** Nothing for a route that takes nothing, and optional where all of it is optional. */
type Given<Part extends string, Value> = [Value] extends [never]
  ? unknown
  : Partial<Value> extends Value
    ? { readonly [Key in Part]?: Value }
    : { readonly [Key in Part]: Value }

type ParamsOf<Name extends string> = [ParamName<Name>] extends [never] ? never : { readonly [Key in ParamName<Name>]: string }
type ParamName<Path extends string> = Path extends `${infer Before}/${infer After}` ? ParamName<Before> | ParamName<After> : Path extends `:${infer Key}` ? Key : never

export type CallOptions = { readonly signal?: AbortSignal }

/** The input may be left out where all of it is optional. */
export type CallArguments<Name extends RouteName> =
  Partial<CallInput<Name>> extends CallInput<Name> ? [input?: CallInput<Name> & CallOptions] : [input: CallInput<Name> & CallOptions]

/**
 * Asks a route of the handler.
 *
 * @throws a `ClientError`
 */
export type Call = <Name extends RouteName>(name: Name, ...given: CallArguments<Name>) => Promise<Routes[Name]['answer']>

export interface CallSettings {
  readonly url: string
  readonly send?: Send | undefined
  readonly headers?: (() => Headerable | Promise<Headerable>) | Headerable | undefined
}

/** Headers by their names: `{ authorization: 'Bearer …' }`. */
export type Headerable = Readonly<Record<string, string>>

/** Makes the requests of a route, and sends them. */
export interface Caller {
  call: Call
  /** The answer as it is, when it is a good one. */
  open(name: RouteName, input: LooseInput & CallOptions, headers?: Headerable): Promise<Response>
}

export interface LooseInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export function createCaller(settings: CallSettings): Caller {
  const open: Caller['open'] = async (name, input, more = {}) => {
    const request = await requestOf(settings, name, input, more)
    let response: Response
    try {
      response = await (settings.send ?? globalThis.fetch)(request)
    } catch (thrown) {
      throw asClientError(input.signal?.aborted ? input.signal.reason : thrown)
    }
    if (!response.ok) throw await refusalOf(response)
    return response
  }
  return {
    open,
    async call(name, ...[input = {}]) {
      const response = await open(name, input as LooseInput & CallOptions)
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      try {
        return (isJson ? await response.json() : await response.text()) as never
      } catch (thrown) {
        throw asClientError(thrown)
      }
    },
  }
}

async function requestOf(settings: CallSettings, name: RouteName, input: LooseInput & CallOptions, more: Headerable): Promise<Request> {
  const [method = 'GET', path = ''] = name.split(' ')
  const url = new URL(baseOf(settings) + path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(input.params?.[key] ?? '')))
  for (const [key, value] of Object.entries(input.query ?? {})) if (value !== undefined) url.searchParams.set(key, String(value))
  const given = typeof settings.headers === 'function' ? await settings.headers() : settings.headers
  const isPost = method === 'POST'
  return new Request(url, {
    method,
    headers: { accept: 'application/json', ...(isPost && { 'content-type': 'application/json' }), ...given, ...more },
    ...(isPost && { body: JSON.stringify(input.body ?? {}) }),
    ...(input.signal && { signal: input.signal }),
  })
}

/** A path is that of the page; without a page, a handler in the same process is asked, which does not look at the host. */
function baseOf({ url, send }: CallSettings): string {
  const here = (globalThis as { location?: { href: string } }).location?.href ?? (send && 'http://localhost/')
  if (!URL.canParse(url, here)) {
    throw clientError({
      code: 'network',
      message: `"${url}" is no address from here.`,
      hint: 'Where there is no page, give the client the whole address: https://example.org/api/backup.',
      retryable: false,
    })
  }
  return new URL(url, here).href.replace(/\/$/, '')
}
