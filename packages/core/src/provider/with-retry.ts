import type { BackupProvider, ByteRange, GetOptions, PutOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { callWithRetry, type RetriedCall, type RetryEvent, type RetryPolicy } from './retry-call.ts'
import { listWithRetry } from './retry-list.ts'
import { throttleGate } from './throttle-gate.ts'
import { systemTimers, type Timers } from './timers.ts'

export type { RetriedOperation, RetryEvent } from './retry-call.ts'
export type { Timers } from './timers.ts'

/** How patient `withRetry` is. The defaults suit disks and clouds. */
export interface RetryOptions {
  /** Attempts for one call, the first included. [5] */
  readonly attempts?: number
  /** Upper bound of the first wait, in milliseconds; it doubles with every attempt. [500] */
  readonly firstDelayMs?: number
  /** Upper bound of any wait that the provider did not ask for. [30,000] */
  readonly maxDelayMs?: number
  /** Time for one call with all its attempts and waits; no wait begins that would end later. [900,000] */
  readonly budgetMs?: number
  /** An attempt is given up when nothing moved for so long. [120,000] */
  readonly idleMs?: number
  /** Attempts that move bytes get this much more time for the first sign of life. [32,768] */
  readonly slowestBytesPerSecond?: number
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void
  /** For tests: time and chance. */
  readonly timers?: Timers
  readonly random?: () => number
}

/** A body may be this large, so a whole object may take as long. */
const largestBodyBytes = 64 * 1024 * 1024

/**
 * Gives a provider patience: the same provider, whose calls are repeated while that makes sense.
 *
 * - The error's `retryable` decides. Waits grow exponentially with full jitter (random between nothing and
 *   the bound).
 * - `retryAfterMs` is honoured, also beyond `maxDelayMs`. A `throttled` error makes every call to this
 *   provider wait.
 * - An attempt in which nothing moves is cancelled and counts as `transient`.
 * - When nobody knows what became of a put, `stat` is asked before the body is sent again.
 * - The caller's signal ends everything promptly, waits included.
 *
 * Use one for each account, not one for each call: the throttle gate is shared by what goes through it.
 *
 * @throws `config` for options out of range; otherwise what the last attempt threw.
 *
 * @example
 * ```ts
 * const patient = withRetry(local('/mnt/usb/shop'), {
 *   attempts: 8,
 *   onRetry: ({ key, waitMs }) => console.log(`${key}: again in ${waitMs} ms`),
 * })
 * ```
 */
export function withRetry(provider: BackupProvider, options: RetryOptions = {}): BackupProvider {
  const policy = policyFrom(provider.name, options)
  const call = <T>(retried: RetriedCall<T>): Promise<T> => callWithRetry(policy, retried)
  const { capabilities, runtime } = provider

  return {
    contract: provider.contract,
    name: provider.name,
    location: provider.location,
    ...(capabilities && { capabilities }),
    ...(runtime && { runtime }),

    open: (openOptions) =>
      call({
        operation: 'open',
        key: '',
        bytes: 0,
        signal: openOptions.signal,
        run: ({ signal }) => provider.open({ ...openOptions, signal }),
      }),

    put: (key, body, putOptions = {}) => put(provider, policy, key, body, putOptions),

    get: (key, getOptions = {}) => get(provider, policy, key, getOptions),

    stat: (key, { signal: caller } = {}) =>
      call({
        operation: 'stat',
        key,
        bytes: 0,
        signal: caller,
        run: ({ signal }) => provider.stat(key, { signal }),
      }),

    list: (prefix, { signal } = {}) => listWithRetry(provider, policy, prefix, signal),

    delete: (key, { signal: caller } = {}) =>
      call({
        operation: 'delete',
        key,
        bytes: 0,
        signal: caller,
        run: ({ signal }) => provider.delete(key, { signal }),
      }),

    ...(provider.usage && {
      usage: ({ signal: caller } = {}) =>
        call({
          operation: 'usage',
          key: '',
          bytes: 0,
          signal: caller,
          run: async ({ signal }) => (await provider.usage?.({ signal })) ?? {},
        }),
    }),

    ...(provider.heal && {
      heal: (key, { signal: caller } = {}) =>
        call({
          operation: 'heal',
          key,
          // A copy is read and another one written.
          bytes: 2 * largestBodyBytes,
          signal: caller,
          run: async ({ signal }) => (await provider.heal?.(key, { signal })) ?? false,
        }),
    }),

    ...(provider.retain && {
      retain: (key, until, { signal: caller } = {}) =>
        call({
          operation: 'retain',
          key,
          bytes: 0,
          signal: caller,
          run: async ({ signal }) => provider.retain?.(key, until, { signal }),
        }),
    }),

    ...(provider.warm && {
      warm: (key, { signal: caller } = {}) =>
        call({
          operation: 'warm',
          key,
          bytes: 0,
          signal: caller,
          run: async ({ signal }) => (await provider.warm?.(key, { signal })) ?? 'ready',
        }),
    }),

    ...(provider.close && { close: async () => provider.close?.() }),
  }
}

async function put(
  provider: BackupProvider,
  policy: RetryPolicy,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<void> {
  let unsure = false
  await callWithRetry(policy, {
    operation: 'put',
    key,
    bytes: body.length,
    signal: options.signal,
    run: async ({ signal, alive, previous }) => {
      // A store that throttles has not looked at the body; after anything else it may be there.
      unsure ||= previous !== undefined && previous.kind !== 'throttled'
      if (unsure && (await isStored(provider, key, body, options.sha256, signal))) return
      await provider.put(key, body, {
        ...options,
        signal,
        onProgress: (sentBytes) => {
          alive()
          options.onProgress?.(sentBytes)
        },
      })
    },
  })
}

async function isStored(
  provider: BackupProvider,
  key: string,
  body: Uint8Array,
  sha256: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await provider.stat(key, { signal })
  if (found?.size !== body.length) return false
  return sha256 === undefined || found.sha256 === undefined || found.sha256 === sha256
}

async function get(
  provider: BackupProvider,
  policy: RetryPolicy,
  key: string,
  { range, signal: caller }: GetOptions,
): Promise<Uint8Array> {
  return callWithRetry(policy, {
    operation: 'get',
    key,
    bytes: range?.length ?? largestBodyBytes,
    signal: caller,
    run: async ({ signal }) => {
      const bytes = await provider.get(key, range ? { range, signal } : { signal })
      if (range && bytes.length !== range.length) throw cutOff(provider.name, key, range, bytes.length)
      return bytes
    },
  })
}

function cutOff(plugin: string, key: string, { offset, length }: ByteRange, got: number): BackupError {
  return new BackupError(
    'transient',
    `${plugin} returned ${got} bytes of ${key} instead of ${length} from ${offset}.`,
    { plugin, key },
  )
}

function policyFrom(plugin: string, options: RetryOptions): RetryPolicy {
  const { timers = systemTimers, random = Math.random, onRetry } = options
  const attempts = positive('attempts', options.attempts ?? 5)
  const firstDelayMs = positive('firstDelayMs', options.firstDelayMs ?? 500)
  if (!Number.isInteger(attempts))
    throw new BackupError('config', 'Option "attempts" must be a whole number.', { key: 'attempts' })
  return {
    plugin,
    attempts,
    firstDelayMs,
    maxDelayMs: positive('maxDelayMs', options.maxDelayMs ?? 30_000),
    budgetMs: positive('budgetMs', options.budgetMs ?? 15 * 60_000),
    idleMs: positive('idleMs', options.idleMs ?? 120_000),
    slowestBytesPerSecond: positive('slowestBytesPerSecond', options.slowestBytesPerSecond ?? 32 * 1024),
    timers,
    random,
    onRetry,
    gate: throttleGate(plugin, timers, random, firstDelayMs),
  }
}

function positive(option: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value < Infinity) return value
  throw new BackupError(
    'config',
    `Option "${option}" must be a number greater than 0, not ${String(value)}.`,
    { key: option },
  )
}
