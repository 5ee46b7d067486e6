import { expect } from 'vitest'
import type { BackupProvider } from '../src/contract/provider.ts'
import type { StateStore } from '../src/contract/runtime.ts'
import { BackupError } from '../src/errors.ts'
import { commitKey, packKey } from '../src/format/names.ts'
import { hex } from '../src/format/text.ts'
import { createMemoryState, portableRuntime } from '../src/portable/runtime.ts'
import { systemTimers } from '../src/provider/timers.ts'
import { type MemoryProvider, memoryProvider } from '../src/testing/memory-provider.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'
import { openOutbox } from '../src/replicate/outbox.ts'
import { replica } from '../src/replicate/replica.ts'
import type { ReplicationNews } from '../src/replicate/replica-events.ts'
import { type ReplicatedProvider, replicated } from '../src/replicate/replicated.ts'

const { crypto } = portableRuntime

export interface Switched extends BackupProvider {
  readonly inner: MemoryProvider
  /** What calls fail with; `hang` never answers. */
  fault: BackupError | 'hang' | undefined
  readonly calls: string[]
}

/** A memory provider that is out of order on demand. */
export function switched(inner: MemoryProvider = memoryProvider(), capabilities: BackupProvider['capabilities'] = {}): Switched {
  const calls: string[] = []
  const way = async (call: string, signal?: AbortSignal): Promise<void> => {
    calls.push(call)
    if (provider.fault === 'hang') await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    else if (provider.fault) throw provider.fault
  }
  const provider: Switched = {
    ...inner,
    inner,
    calls,
    fault: undefined,
    capabilities,
    open: async (options) => (await way('open', options.signal), inner.open(options)),
    put: async (key, body, options) => (await way(`put ${key}`, options?.signal), inner.put(key, body, options)),
    get: async (key, options) => (await way(`get ${key}`, options?.signal), inner.get(key, options)),
    stat: async (key, options) => (await way(`stat ${key}`, options?.signal), inner.stat(key, options)),
    async *list(prefix, options) {
      await way(`list ${prefix}`, options?.signal)
      yield* inner.list(prefix, options)
    },
    delete: async (key, options) => (await way(`delete ${key}`, options?.signal), inner.delete(key, options)),
  }
  return provider
}

export interface Setting {
  readonly required?: number
  readonly state?: StateStore
  readonly budgetBytes?: number
  readonly clock?: () => Date
  readonly waitsForRemovals?: boolean
  /** How long one that does not work is left alone at first. */
  readonly firstPauseMs?: number
}

/** All of them as one, and what it told; not opened yet. */
export type Told = ReplicatedProvider & { readonly news: readonly ReplicationNews[] }

export async function join(providers: readonly BackupProvider[], setting: Setting = {}): Promise<Told> {
  const { required = 1, state = createMemoryState(), budgetBytes = 1e9, firstPauseMs = 5, waitsForRemovals = false } = setting
  const outbox = await openOutbox(state, budgetBytes)
  const news: ReplicationNews[] = []
  const tell = (each: ReplicationNews): void => void news.push(each)
  const timers = systemTimers
  const { clock = (): Date => new Date() } = setting
  const replicas = providers.map((provider, at) => replica({ provider, id: `0${at}`, timers, tell, firstPauseMs }))
  const warn = (message: string): void => tell({ type: 'warning', message, hint: '' } as never)
  const all = replicated({ replicas, required, outbox, crypto, timers, clock, warn, tell, graceMs: 100, lifeMs: 200, waitsForRemovals })
  return Object.assign(all, { news })
}

export const anObject = (seed: number): { key: string; body: Uint8Array } => {
  const body = seededRandom(seed).bytes(1000 + seed)
  return { key: packKey(hex(crypto.sha256(body))), body }
}
export const down = (): BackupError => new BackupError('transient', 'The line is down.', { plugin: 'memory' })
/** Of ten zeros. */
export const commit: string = commitKey(new Date('2031-01-01T00:00:00Z'), hex(crypto.sha256(new Uint8Array(10))))
export const until = async (isTrue: () => boolean): Promise<void> => {
  for (let left = 2000; !isTrue() && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(isTrue()).toBe(true)
}
