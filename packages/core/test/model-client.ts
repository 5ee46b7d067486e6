import type { BackupProvider, CallOptions, UploadJournal } from '../src/contract/provider.ts'
import { contract } from '../src/contract/version.ts'
import { BackupError, type ErrorKind } from '../src/errors.ts'
import { checkKey, checkPrefix, isKey } from '../src/provider/check-key.ts'
import { retryAfterMs } from '../src/provider/retry-after.ts'
import type { ProviderFixture } from '../src/testing/provider-suite.ts'
import { fixtureFaults } from '../src/testing/provider-suite-fixture.ts'
import {
  chunkBytes,
  type Cloud,
  ConnectionLost,
  modelCloud,
  type Reply,
  type Request,
} from './model-cloud.ts'

const plugin = 'model'
const weekMs = 7 * 86_400_000

/** What each refusal means here. */
const meanings: Readonly<Record<string, readonly [kind: ErrorKind, what: string, hint?: string]>> = {
  401: ['auth', 'the token is refused'],
  404: ['not-found', 'it is not there'],
  410: ['target-missing', 'the place is not there'],
  416: ['range', 'it does not have these bytes'],
  429: ['throttled', 'the cloud asks for a pause'],
  503: ['throttled', 'the cloud asks for a pause'],
  507: ['quota', 'there is no room'],
  daily: ['quota', 'no more uploads today', 'Go on tomorrow.'],
  denied: ['auth', 'the rights are missing', 'Give the account the right to write.'],
  suspended: ['auth', 'the account is closed', 'Ask the provider about the account.'],
  skewed: ['config', 'the clock of this machine is wrong', 'Set the clock.'],
  invalid_grant: ['auth', 'the sign-in is over', 'Sign in again.'],
  hash: ['corrupt', 'the body is not what its hash says'],
  session: ['transient', 'the upload session is gone; it begins anew'],
}

/** A whole provider over the model cloud. It resumes uploads, renews tokens and believes nothing. */
export function modelClient(cloud: Cloud): BackupProvider {
  let journal: UploadJournal | undefined
  let renewing: Promise<void> | undefined

  const fail = (key: string, status: number, code: string | undefined, retryAfter?: string): never => {
    const meaning = meanings[code ?? ''] ??
      meanings[status] ?? [status >= 500 ? 'transient' : 'permanent', `status ${status}`]
    const [kind, what, hint] = meaning as [ErrorKind, string, string?]
    const waitMs = retryAfterMs(retryAfter, Date.now())
    throw new BackupError(kind, `${key || 'the cloud'}: ${what}.`, {
      plugin,
      key,
      ...(hint !== undefined && { hint }),
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    })
  }
  const senseless = (key: string): BackupError =>
    new BackupError('transient', `${key || 'the cloud'}: the answer makes no sense.`, { plugin, key })

  const wire = async (request: Request, signal: AbortSignal | undefined): Promise<Reply> => {
    const key = request.name ?? ''
    const cancelled = (): BackupError =>
      new BackupError('cancelled', `Cancelled ${request.op} ${key}.`, { plugin, key })
    if (signal?.aborted) throw cancelled()
    const reply = await cloud.send(request, signal).catch((error: unknown) => {
      if (signal?.aborted) throw cancelled()
      if (!(error instanceof ConnectionLost)) throw error
      throw new BackupError('transient', `${key || 'the cloud'}: the connection broke.`, { plugin, key })
    })
    if (reply.status < 300 && (reply.text !== undefined || reply.json?.['error'] !== undefined))
      throw senseless(key)
    return reply
  }
  const renew = async (): Promise<void> => {
    const { status, code, json } = await wire({ op: 'refresh', token: cloud.signIn.refresh }, undefined)
    if (status !== 200) fail('', status, code)
    Object.assign(cloud.signIn, json)
  }
  const call = async (
    request: Request,
    signal: AbortSignal | undefined,
    accepted: readonly number[] = [],
  ): Promise<Reply> => {
    let token = cloud.signIn.access
    let reply = await wire({ ...request, token }, signal)
    if (reply.status === 401) {
      if (token === cloud.signIn.access) await (renewing ??= renew().finally(() => (renewing = undefined)))
      token = cloud.signIn.access
      reply = await wire({ ...request, token }, signal)
    }
    if (reply.status < 300 || accepted.includes(reply.status)) return reply
    return fail(request.name ?? '', reply.status, reply.code, reply.retryAfter)
  }

  const stat = async (key: string, signal: AbortSignal | undefined): Promise<number | undefined> => {
    const { status, json } = await call({ op: 'head', name: key }, signal, [404])
    if (status === 404) return undefined
    if (typeof json?.['size'] !== 'number') throw senseless(key)
    return json['size']
  }
  const get: BackupProvider['get'] = async (key, { range, signal } = {}) => {
    checkKey(key, plugin)
    const { status, bytes, contentRange } = await call(
      { op: 'get', name: key, ...(range && { range }) },
      signal,
    )
    if (!bytes || !contentRange) throw senseless(key)
    const wanted = range ?? { offset: 0, length: contentRange.size }
    const isAll = range !== undefined && status === 200 && bytes.length === contentRange.size
    if (isAll) return bytes.slice(wanted.offset, wanted.offset + wanted.length)
    if (contentRange.offset !== wanted.offset || bytes.length !== wanted.length) throw senseless(key)
    return bytes
  }
  const compare = async (key: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<void> => {
    const size = await stat(key, signal)
    if (size !== body.length)
      throw new BackupError('exists', `${key} is there with ${size} bytes.`, { plugin, key })
    const stored = await get(key, signal ? { signal } : {})
    if (!stored.every((byte, at) => byte === body[at]))
      throw new BackupError('corrupt', `${key} was damaged.`, { plugin, key })
  }

  const upload = async (
    key: string,
    body: Uint8Array,
    sha256: string | undefined,
    signal: AbortSignal | undefined,
    told: (sent: number) => void,
  ): Promise<number> => {
    const begin = async (): Promise<{ session: string; at: number }> => {
      const total = body.length
      const { json } = await call(
        { op: 'begin', name: key, total, ...(sha256 !== undefined && { sha256 }) },
        signal,
      )
      const session = json?.['session']
      if (typeof session !== 'string') throw senseless(key)
      await journal?.write(key, JSON.stringify({ session, size: total, begunAt: cloud.now }))
      return { session, at: 0 }
    }
    const resume = async (): Promise<{ session: string; at: number } | undefined> => {
      const note = JSON.parse((await journal?.read(key)) ?? '{}') as { session?: string; size?: number }
      if (note.session === undefined || note.size !== body.length) return undefined
      const { status, json } = await call({ op: 'status', session: note.session }, signal, [404])
      return status === 404 ? undefined : { session: note.session, at: Number(json?.['kept']) }
    }
    const started = (await resume()) ?? (await begin())
    const { session } = started
    let { at } = started
    try {
      for (;;) {
        const bytes = body.subarray(at, at + chunkBytes)
        const { status, json } = await call(
          { op: 'chunk', name: key, session, from: at, total: body.length, bytes },
          signal,
          [308, 409],
        )
        if (status === 201 || status === 409) return status
        if (typeof json?.['kept'] !== 'number') throw senseless(key)
        at = json['kept']
        told(at)
      }
    } catch (error) {
      const gone = !journal || !BackupError.is(error, 'transient') || error.message.includes('gone')
      if (gone) await call({ op: 'abort', session }, undefined).catch(() => {})
      if (gone) await journal?.remove(key)
      throw error
    }
  }

  return {
    contract,
    name: plugin,
    location: 'model:cloud',

    async open({ create, journal: given, signal }) {
      journal = given
      await call({ op: create ? 'create' : 'reach' }, signal)
      for (const key of (await journal?.keys()) ?? []) {
        const note = JSON.parse((await journal?.read(key)) ?? '{}') as { session: string; begunAt: number }
        if (cloud.now - note.begunAt < weekMs) continue
        await call({ op: 'abort', session: note.session }, signal)
        await journal?.remove(key)
      }
    },

    async put(key, body, { sha256, signal, onProgress } = {}) {
      checkKey(key, plugin)
      const told = (sent: number): void => onProgress?.(sent)
      const hash = sha256 === undefined ? {} : { sha256 }
      const status =
        body.length > chunkBytes
          ? await upload(key, body, sha256, signal, told)
          : (await call({ op: 'put', name: key, bytes: body.slice(), ...hash }, signal, [409])).status
      if (status === 409) await compare(key, body, signal)
      else if (status !== 201) throw senseless(key)
      await journal?.remove(key)
      told(body.length)
    },

    get,

    async stat(key, { signal }: CallOptions = {}) {
      checkKey(key, plugin)
      const size = await stat(key, signal)
      return size === undefined ? undefined : { size }
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, plugin)
      let last = ''
      for (let from = 0; from >= 0;) {
        const { json } = await call({ op: 'list', name: prefix, from }, signal)
        const entries = json?.['entries'] as { name: string; size: number }[] | undefined
        if (!entries) throw senseless(prefix)
        for (const { name, size } of entries) {
          if (signal?.aborted) throw new BackupError('cancelled', 'Cancelled while listing.', { plugin })
          if (isKey(name) && name !== last) yield { key: name, size }
          last = name
        }
        from = Number(json?.['next'])
      }
    },

    async delete(key, { signal } = {}) {
      checkKey(key, plugin)
      const { status } = await call({ op: 'delete', name: key }, signal)
      if (status !== 204) throw senseless(key)
    },
  }
}

/** The fixture that offers everything. */
export function modelFixture(
  change: (good: BackupProvider, cloud: Cloud) => Partial<BackupProvider> = () => ({}),
): ProviderFixture {
  const cloud = modelCloud()
  const client = (): BackupProvider => {
    const good = modelClient(cloud)
    return { ...good, ...change(good, cloud) }
  }
  const uploadsOf = async (mine: boolean): Promise<number> =>
    [...cloud.sessions.values()].filter((session) => session.mine === mine).length
  return {
    provider: client(),
    second: client,
    faults: Object.keys(fixtureFaults) as (keyof typeof fixtureFaults)[],
    inject: cloud.inject,
    requests: () => cloud.counts.requests,
    sentBytes: () => cloud.counts.sentBytes,
    refreshes: () => cloud.counts.refreshes,
    pass: async (ms) => void (cloud.now += ms),
    leftovers: () => uploadsOf(true),
    othersUploads: () => uploadsOf(false),
    async litter() {
      cloud.objects.set('Thumbs.db', [new Uint8Array(3)])
      cloud.objects.set('packs/00/ours/deeper', [new Uint8Array(3)])
      cloud.sessions.set('theirs', {
        name: 'film',
        total: 9,
        sha256: undefined,
        kept: new Uint8Array(9),
        length: 3,
        mine: false,
      })
    },
    chunkBytes,
  }
}
