import type { BackupProvider, CallOptions, ListedObject } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { sleep, systemTimers, type Timers } from '../provider/timers.ts'
import { faultSource, type Fault, type FaultPlan, type FaultSource, type FaultyMethod } from './fault-plan.ts'

/** A provider in which things go wrong as planned. */
export interface FaultyProvider extends BackupProvider {
  /** Every call in order, with the fault that met it. */
  readonly calls: readonly FaultyCall[]
  /** Adds faults while the provider is in use; they come after those planned before. */
  plan(more: FaultPlan): void
  /** Drops all faults that are still to come: from here on calls succeed. */
  calm(): void
  /** Throws when a planned fault never happened: the test did not test what it says. */
  assertAllFired(): void
}

export interface FaultyCall {
  readonly method: FaultyMethod
  /** Key or prefix; empty where a call has none. */
  readonly key: string
  readonly fault?: Fault['fault']
}

export interface FaultyOptions {
  /** For `delay`. */
  readonly timers?: Timers
}

/**
 * Wraps a provider so that calls fail as the plan says, in order or at random.
 *
 * @example
 * ```ts
 * const provider = faultyProvider(memoryProvider(), {
 *   put: [{ fault: 'lost-reply', on: 'packs/' }],
 *   get: [{ fault: 'pass', times: 3 }, { fault: 'error', kind: 'transient' }],
 * })
 * // …
 * provider.assertAllFired()
 * ```
 */
export function faultyProvider(
  inner: BackupProvider,
  plan: FaultPlan,
  options: FaultyOptions = {},
): FaultyProvider {
  const { timers = systemTimers } = options
  const sources: FaultSource[] = [faultSource(plan)]
  const calls: FaultyCall[] = []
  const stored: string[] = []

  /** Notes the call, and lets happen what happens before the provider is reached. */
  const meet = async (
    method: FaultyMethod,
    key: string,
    { signal }: CallOptions,
  ): Promise<Fault | undefined> => {
    const fault = takeFirst(sources, method, key)
    calls.push({ method, key, ...(fault && { fault: fault.fault }) })
    switch (fault?.fault) {
      case 'error':
        throw planned(inner, key, fault.kind, `The ${method} failed as planned.`, fault.retryAfterMs)
      case 'delay':
        await sleep(timers, fault.ms, signal, `waiting in ${method}`)
        break
      case 'hang':
        await untilAborted(signal, method)
        break
      case 'hang-for-ever':
        await new Promise(() => {})
    }
    return fault
  }
  const losesReply = (fault: Fault | undefined, key: string): void => {
    if (fault?.fault === 'lost-reply')
      throw planned(inner, key, 'transient', 'The answer was lost as planned.')
  }

  return {
    contract: inner.contract,
    name: inner.name,
    location: inner.location,
    ...(inner.capabilities && { capabilities: inner.capabilities }),
    ...(inner.runtime && { runtime: inner.runtime }),
    calls,

    plan(more) {
      sources.push(faultSource(more))
    },

    calm() {
      sources.length = 0
    },

    assertAllFired() {
      const unfired = sources.flatMap((source) => source.unfired())
      if (unfired.length > 0) throw new Error(`Planned faults that never happened:\n${unfired.join('\n')}`)
    },

    async open(openOptions) {
      await meet('open', '', openOptions)
      return inner.open(openOptions)
    },

    async put(key, body, putOptions = {}) {
      const fault = await meet('put', key, putOptions)
      if (fault?.fault === 'torn') {
        await inner.put(key, body.subarray(0, fault.keptBytes ?? body.length >> 1), {})
        throw planned(inner, key, 'transient', 'The put broke off as planned.')
      }
      await inner.put(key, body, putOptions)
      stored.push(key)
      losesReply(fault, key)
    },

    async get(key, getOptions = {}) {
      const fault = await meet('get', key, getOptions)
      const bytes = await inner.get(key, getOptions)
      return damage(bytes, fault)
    },

    async stat(key, callOptions = {}) {
      const fault = await meet('stat', key, callOptions)
      const info = await inner.stat(key, callOptions)
      return fault?.fault === 'short' && info ? { ...info, size: info.size - 1 } : info
    },

    async *list(prefix, callOptions = {}) {
      const fault = await meet('list', prefix, callOptions)
      yield* disturb(inner.list(prefix, callOptions), fault, stored, () =>
        planned(inner, prefix, 'transient', 'The listing broke off as planned.'),
      )
    },

    async delete(key, callOptions = {}) {
      const fault = await meet('delete', key, callOptions)
      await inner.delete(key, callOptions)
      losesReply(fault, key)
    },

    ...(inner.usage && {
      usage: async (callOptions = {}) => {
        await meet('usage', '', callOptions)
        return (await inner.usage?.(callOptions)) ?? {}
      },
    }),

    ...(inner.close && { close: async () => inner.close?.() }),
  }
}

/** One source at a time: taking a fault uses it up. */
function takeFirst(sources: readonly FaultSource[], method: FaultyMethod, key: string): Fault | undefined {
  for (const source of sources) {
    const fault = source.take(method, key)
    if (fault) return fault
  }
  return undefined
}

async function* disturb(
  objects: AsyncIterable<ListedObject>,
  fault: Fault | undefined,
  stored: readonly string[],
  broken: () => BackupError,
): AsyncGenerator<ListedObject, void, undefined> {
  const hidden = new Set(fault?.fault === 'stale' ? stored.slice(-(fault.objects ?? 1)) : [])
  let left = fault?.fault === 'cut' ? (fault.objects ?? 1) : Infinity
  for await (const object of objects) {
    if (hidden.has(object.key)) continue
    if (left-- === 0) throw broken()
    yield object
    if (fault?.fault === 'duplicate') yield object
  }
  if (left < Infinity) throw broken()
}

function damage(bytes: Uint8Array, fault: Fault | undefined): Uint8Array {
  if (fault?.fault === 'short') return bytes.slice(0, -1)
  const middle = bytes.length >> 1
  const byte = bytes[middle]
  if (fault?.fault === 'flip' && byte !== undefined) bytes[middle] = byte ^ 1
  return bytes
}

async function untilAborted(signal: AbortSignal | undefined, method: FaultyMethod): Promise<never> {
  throwIfAborted(signal, `hanging in ${method}`)
  return new Promise((_, reject) => {
    const cancel = (): void => reject(new BackupError('cancelled', `Cancelled while hanging in ${method}.`))
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

function planned(
  { name }: BackupProvider,
  key: string,
  kind: BackupError['kind'],
  message: string,
  retryAfterMs?: number,
): BackupError {
  return new BackupError(kind, message, {
    plugin: name,
    key,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
