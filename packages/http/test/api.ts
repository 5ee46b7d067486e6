import { expect } from 'vitest'
import type { JobJson, ProblemJson, RouteName, Routes } from '../src/index.ts'
import { checkAnswer } from './documented.ts'

/** Sends a request to the application under test. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>

/** The API as a client has it, with every answer held to the OpenAPI document. */
export interface Api {
  <Name extends RouteName>(name: Name, ...given: Given<Name>): Promise<Answer<Routes[Name]['answer']>>
  /** The same, for what is refused. */
  refused(name: RouteName, given?: AnyRequest): Promise<Answer<ProblemJson>>
  /** Sends it as it is. */
  readonly send: Send
  /** Waits until a job has ended. */
  ended(id: string): Promise<JobJson>
}

type Given<Name extends RouteName> = [Routes[Name]['body']] extends [never] ? [given?: AnyRequest] : [given: AnyRequest & { readonly body: Routes[Name]['body'] }]

interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
  readonly as?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

export function apiOf(send: Send): Api {
  const call = async (name: RouteName, { params = {}, query = {}, body, as = 'olga', headers }: AnyRequest): Promise<Answer<never>> => {
    const [method = '', path = ''] = name.split(' ')
    const filled = path.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(params[part] ?? ''))
    const asked = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))
    const response = await send(`/api/backup${filled}${asked.size > 0 ? `?${asked}` : ''}`, {
      method,
      headers: { ...(as !== '' && { authorization: `Bearer ${as}` }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const answer = { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as never }
    checkAnswer(name, answer)
    return answer
  }
  const api = async (name: RouteName, given: AnyRequest = {}): Promise<Answer<never>> => {
    const answer = await call(name, given)
    expect(answer.status, `${JSON.stringify(answer.body)}`).toBeLessThan(400)
    return answer
  }
  return Object.assign(api, {
    send,
    async refused(name: RouteName, given: AnyRequest = {}) {
      const answer = await call(name, given)
      expect(answer.status, `${JSON.stringify(answer.body)}`).toBeGreaterThanOrEqual(400)
      return answer
    },
    async ended(id: string): Promise<JobJson> {
      return waitFor(async () => {
        const { body }: Answer<JobJson> = await call('GET /jobs/:job', { params: { job: id } })
        return body.state === 'running' ? undefined : body
      })
    },
  }) as Api
}

/** As patient as a busy machine makes one. */
async function waitFor<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (let left = 12_000; left > 0; left--) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('It did not end within two minutes.')
}
