import {
  BackupError, type BackupErrorOptions, type BackupProvider, type ErrorKind, type ObjectInfo,
  checkKey, checkPrefix, contract, isKey, retryAfterMs,
} from '@backup/core'

export interface HttpStoreOptions {
  /** Address of the place: `https://store.example.org/shop`. */
  readonly url: string
  readonly token: string
}

type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

/** What each refusal means to a person. Other 4xx are `permanent`, all 5xx `transient`. */
const meanings: Readonly<Record<number, Meaning>> = {
  401: ['auth', 'the token is not accepted', 'Set "token" to one that is valid.'],
  402: ['auth', 'the account is closed', 'Ask the owner of the store about the account.'],
  403: ['auth', 'the token may not do this', 'Ask the owner of the store for the right to write.'],
  404: ['not-found', 'there is no such object'],
  410: ['target-missing', 'the place is not there', 'Check "url".'],
  416: ['range', 'the object does not have these bytes'],
  422: ['corrupt', 'the bytes that arrived are not those of the hash'],
  429: ['throttled', 'the store asks for a pause'],
  503: ['throttled', 'the store asks for a pause'],
  507: ['quota', 'the store is full'],
}

/** Backups in a plain HTTP store that answers a PUT when the bytes are on its disk. */
export function httpStore({ url, token }: HttpStoreOptions): BackupProvider {
  const plugin = 'http-store'
  const fail = (key: string, kind: ErrorKind, what: string, more: BackupErrorOptions = {}): BackupError =>
    new BackupError(kind, `${key || url}: ${what}.`, { plugin, key, ...more })
  const senseless = (key: string): BackupError => fail(key, 'transient', 'the answer makes no sense')

  /** One request: any failure becomes a BackupError here, and nowhere else. Nothing is retried. */
  const send = async (key: string, call: Call): Promise<Answer> => {
    const { path = `/${key}`, method, accept, signal } = call
    const stopped = (): BackupError => fail(key, 'cancelled', 'cancelled')
    if (signal?.aborted) throw stopped()
    const headers = { ...call.headers, authorization: `Bearer ${token}` }
    const body = call.body as Uint8Array<ArrayBuffer> | undefined
    const given = { ...(body && { body }), ...(signal && { signal }) }
    try {
      const response = await fetch(`${url}${path}`, { method, headers, redirect: 'error', ...given })
      const { status } = response
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (accept.includes(status)) return { status, headers: response.headers, bytes }
      throw refused(key, response)
    } catch (error) {
      if (BackupError.is(error)) throw error
      // The reason that fetch gives stays out: it can name a proxy with its password.
      throw signal?.aborted ? stopped() : fail(key, 'transient', 'the connection broke')
    }
  }
  const refused = (key: string, { status, headers }: Response): BackupError => {
    const other: Meaning = [status >= 500 ? 'transient' : 'permanent', `the status is ${status}`]
    const [kind, what, hint] = meanings[status] ?? other
    const waitMs = retryAfterMs(headers.get('retry-after'), Date.now())
    const pause = waitMs === undefined ? {} : { retryAfterMs: waitMs }
    return fail(key, kind, what, { ...pause, ...(hint && { hint }) })
  }
  const look = async (key: string, signal: AbortSignal | undefined): Promise<ObjectInfo | undefined> => {
    const { status, headers } = await send(key, { method: 'HEAD', accept: [200, 404], signal })
    if (status === 404) return undefined
    const sha256 = headers.get('x-object-sha256')
    if (sha256 === null) throw senseless(key)
    return { size: Number(headers.get('x-object-size')), sha256 }
  }

  return {
    contract,
    name: plugin,
    location: `${plugin}:${url}`,
    capabilities: { serverHash: 'sha256' },

    async open({ create, signal }) {
      await send('', { path: '/', method: create ? 'PUT' : 'HEAD', accept: [204], signal })
    },

    async put(key, body, { sha256, signal, onProgress } = {}) {
      checkKey(key, plugin)
      const hash = sha256 ?? hex(await crypto.subtle.digest('SHA-256', body as Uint8Array<ArrayBuffer>))
      const headers = { 'if-none-match': '*', 'x-object-sha256': hash }
      const { status } = await send(key, { method: 'PUT', headers, body, accept: [201, 412], signal })
      if (status === 412) {
        const there = await look(key, signal)
        if (there?.size !== body.length) throw fail(key, 'exists', `it is there with ${there?.size} bytes`)
        if (there.sha256 !== hash) throw fail(key, 'corrupt', 'it is there with other bytes')
      }
      onProgress?.(body.length)
    },

    async get(key, { range, signal } = {}) {
      checkKey(key, plugin)
      if (range?.length === 0) {
        const there = await look(key, signal)
        if (!there) throw fail(key, 'not-found', 'there is no such object')
        if (range.offset > there.size) throw fail(key, 'range', `it has ${there.size} bytes`)
        return new Uint8Array()
      }
      const last = range && range.offset + range.length - 1
      const asked = range && { headers: { range: `bytes=${range.offset}-${last}` } }
      const accept = [range ? 206 : 200]
      const { headers, bytes } = await send(key, { method: 'GET', ...asked, accept, signal })
      const size = Number(headers.get('x-object-size') ?? Number.NaN)
      // RFC 9110 lets a server cut a range short at the end of the object; this contract does not.
      if (last !== undefined && last >= size) throw fail(key, 'range', `it has ${size} bytes`)
      const isRight = !range || headers.get('content-range') === `bytes ${range.offset}-${last}/${size}`
      if (!isRight || bytes.length !== (range?.length ?? size)) throw senseless(key)
      return bytes
    },

    async stat(key, { signal } = {}) {
      checkKey(key, plugin)
      return look(key, signal)
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, plugin)
      for (let after: string | undefined = ''; after !== undefined; ) {
        const query = new URLSearchParams({ prefix, after })
        const page = listed(await send(prefix, { path: `/?${query}`, method: 'GET', accept: [200], signal }))
        if (!page) throw senseless(prefix)
        for (const { key, size } of page.objects) {
          if (signal?.aborted) throw fail(prefix, 'cancelled', 'cancelled')
          if (isKey(key)) yield { key, size }
        }
        after = page.more ? page.objects.at(-1)?.key : undefined
      }
    },

    async delete(key, { signal } = {}) {
      checkKey(key, plugin)
      await send(key, { method: 'DELETE', accept: [204], signal })
    },
  }
}

interface Call {
  readonly path?: string
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Statuses that are no failure. */
  readonly accept: readonly number[]
  readonly signal: AbortSignal | undefined
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

interface Page {
  readonly objects: readonly { readonly key: string; readonly size: number }[]
  readonly more: boolean
}

/** A page of a gateway, or an error with status 200, is no empty listing. */
function listed({ bytes }: Answer): Page | undefined {
  try {
    const page = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Page>
    return Array.isArray(page.objects) && typeof page.more === 'boolean' ? (page as Page) : undefined
  } catch {
    return undefined
  }
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
