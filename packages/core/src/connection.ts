import type { KeyProvider } from './contract/key.ts'
import type { BackupProvider, CallOptions } from './contract/provider.ts'
import type { Runtime, StateStore } from './contract/runtime.ts'
import type { BackupConfig } from './config.ts'
import { BackupError } from './errors.ts'
import { createMemoryState, portableRuntime } from './portable/runtime.ts'
import { joinProviders } from './replicate/join.ts'
import type { ReplicatedProvider } from './replicate/replicated.ts'
import { type RetryEvent, withRetry } from './provider/with-retry.ts'
import { type InitResult, createRepository, isRepository } from './repository/init.ts'
import { waitedForListings } from './repository/listing-lag.ts'
import { type Repository, openRepository } from './repository/repository.ts'
import { readFormat } from './repository/read-format.ts'
import { hex, utf8 } from './format/text.ts'
import { restoreKit } from './restore-kit/restore-kit.ts'
import type { RunContext } from './track/run.ts'
import { missingOwnCommit } from './write/writer-state.ts'

/** The way to the repository: opened once, kept open, and let go of when something went wrong. */
export interface Connection {
  readonly runtime: Runtime
  init(options?: CallOptions): Promise<InitResult>
  /** The provider, or all of them as one, ready for use. */
  place(options?: CallOptions): Promise<BackupProvider | ReplicatedProvider>
  /** @param purpose who writes gets the state that was asked for, or an error; who reads can do without */
  open(options?: CallOptions | RunContext, purpose?: Purpose): Promise<Repository>
  /** Runs one operation at a time; it is told of every retry. */
  exclusive<Result>(context: RunContext, body: () => Promise<Result>): Promise<Result>
  /** After a failed backup what is known of the repository is not to be trusted: it is read again next time. */
  guarded<Result>(body: () => Promise<Result>): Promise<Result>
  /** Opens with these secrets from now on. */
  forget(secrets: readonly KeyProvider[]): void
  close(): Promise<void>
}

type Purpose = 'read' | 'write'

export function createConnection(config: BackupConfig, clock: () => Date): Connection {
  const ownRuntime = config.providers.find((provider) => provider.runtime)?.runtime
  const runtime = config.runtime ?? config.source.runtime ?? ownRuntime ?? portableRuntime
  let current: RunContext | undefined
  const targets = rememberedTargets(runtime, config)
  const patient = config.providers.map((bare) => createdOnce(withRetry(bare, { onRetry: (event) => current && noteRetry(current, event) }), targets))
  let joined: Promise<BackupProvider | ReplicatedProvider> | undefined
  const join = (): Promise<BackupProvider | ReplicatedProvider> => {
    const [only] = patient
    joined ??= patient.length === 1 ? Promise.resolve(only!) : joinAll(config, runtime, patient, (message, hint) => current?.warn(message, hint))
    return joined
  }
  let keys: readonly KeyProvider[] = [config.keys].flat()
  let ready: Promise<BackupProvider | ReplicatedProvider> | undefined
  let repository: Promise<Repository> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  /** States that stand in for one that could not be opened. */
  const standIns = new WeakSet<StateStore>()
  const canDoWithout = (purpose: Purpose): boolean => purpose === 'read' || config.state === undefined

  const openProvider = (options: CallOptions): Promise<BackupProvider | ReplicatedProvider> => {
    ready ??= join()
      .then(async (provider) => {
        await provider.open(options)
        return provider
      })
      .catch((error: unknown) => {
        ready = undefined
        throw error
      })
    return ready
  }
  const connect = async (options: CallOptions | RunContext, purpose: Purpose): Promise<Repository> => {
    const call = options.signal ? { signal: options.signal } : {}
    const provider = await openProvider(call)
    const warn = 'warn' in options ? options.warn : (): void => {}
    const opened = await openRepository({
      ...call,
      provider,
      runtime: canDoWithout(purpose) ? forgetting(runtime, warn, standIns) : runtime,
      keys,
      warn,
      ...(config.state !== undefined && { stateDirectory: config.state }),
    })
    await targets.remember(opened.id, inUse(provider), warn)
    const missing = await missingOwnCommit(opened)
    if (missing) warn(`Snapshot ${missing.slice(0, 12)}…, made from here, is gone from ${provider.location}.`, 'Find out who removed it; verify the repository.')
    return opened
  }
  const initialise = async (options: CallOptions): Promise<InitResult> => {
    const provider = await join()
    await provider.open({ ...options, create: true })
    const isThere = (): Promise<boolean> => isRepository(provider, options)
    // Looked for twice if need be: two repositories in one place could neither be used.
    if ((await isThere()) || ((await waitedForListings(provider, options)) && (await isThere()))) {
      const { repository: id } = await readFormat(provider, runtime.crypto, options)
      return { created: false, repository: hex(id) }
    }
    for (const { name, location } of patient) {
      const known = await targets.recall({ location })
      if (known === undefined) continue
      throw new BackupError('target-missing', `${location} held repository ${known} and is empty now, or out of reach.`, {
        plugin: name,
        hint: 'Mount the right disk or bring the folder back. If it is lost for good, use another place, or another state folder.',
      })
    }
    const suite = config.suite ?? 'aes-256-gcm'
    const made = await createRepository({ ...options, provider, runtime, keys, suite, now: clock(), restoreKit: await restoreKit() })
    await targets.remember(made.repository, inUse(provider), () => {})
    return made
  }

  return {
    runtime,
    init(options = {}) {
      // One after the other: the second finds what the first made.
      const turn = queue.then(() => initialise(options))
      queue = turn.catch(() => {})
      return turn
    },
    place: (options = {}) => openProvider(options),
    async open(options = {}, purpose = 'read') {
      for (;;) {
        const own = repository === undefined
        const opening = (repository ??= connect(options, purpose).catch((error: unknown) => {
          repository = undefined
          throw error
        }))
        try {
          const opened = await opening
          if (canDoWithout(purpose) || !standIns.has(opened.state)) return opened
          // It was opened for reading, without its state. This one needs it, or is to say why there is none.
          if (repository === opening) repository = undefined
        } catch (error) {
          // Another caller began to open it and cancelled; that is not what this one asked for.
          if (own || !BackupError.is(error, 'cancelled')) throw error
        }
      }
    },
    exclusive(context, body) {
      const before = queue
      const turn = afterOthers(before, context.signal).then(async () => {
        current = context
        try {
          return await body()
        } finally {
          current = undefined
        }
      })
      // Who gives up waiting must not let those behind him overtake those before him.
      queue = before.then(() => turn).catch(() => {})
      return turn
    },
    async guarded(body) {
      try {
        return await body()
      } catch (error) {
        repository = undefined
        throw error
      }
    },
    forget(secrets) {
      keys = secrets
      repository = undefined
    },
    async close() {
      await queue
      await (await joined)?.close?.()
      joined = undefined
      repository = undefined
      ready = undefined
    },
  }
}

/** Resolves when those before are done. Who cancels need not wait for them. */
function afterOthers(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new BackupError('cancelled', 'Cancelled while waiting for another operation.', { cause: signal.reason }))
    if (signal.aborted) return cancel()
    signal.addEventListener('abort', cancel, { once: true })
    void before.then(() => {
      signal.removeEventListener('abort', cancel)
      resolve()
    })
  })
}

function noteRetry(context: RunContext, { key, attempt, waitMs, error }: RetryEvent): void {
  context.retried.add(key)
  context.emit({ type: 'retry', key, attempt, waitMs, reason: error.message })
}

/** Nobody is kept from his data because there is no place for a cache. */
function forgetting(runtime: Runtime, warn: RunContext['warn'], standIns: WeakSet<StateStore>): Runtime {
  return {
    ...runtime,
    async openState(...place) {
      try {
        return await runtime.openState(...place)
      } catch (error) {
        if (!BackupError.is(error)) throw error
        warn(
          `There is no local state: ${error.message}`,
          'Name a folder in option "state" that can be written to. Until then backups read everything again, and nothing that needs temporary files can be done.',
        )
        const state = createMemoryState()
        standIns.add(state)
        return state
      }
    },
  }
}

/** Local state knows which places hold a repository: the only way to tell an unmounted disk from a new one. */
interface RememberedTargets {
  /** The repository that a place is known to hold. */
  recall(place: Pick<BackupProvider, 'location'>): Promise<string | undefined>
  /** Never fails: who can be restored from, and whose recovery code was just made, matters more than a note of it. */
  remember(repository: string, locations: readonly string[], warn: RunContext['warn']): Promise<void>
}

function rememberedTargets(runtime: Runtime, { state }: BackupConfig): RememberedTargets {
  const itemOf = (location: string): string => `target-${hex(runtime.crypto.sha256(utf8(location))).slice(0, 32)}`
  const open = (): Promise<StateStore> => runtime.openState('targets', state)
  return {
    async recall({ location }) {
      const store = await open().catch((error: unknown) => {
        // The warning comes with `remember`.
        if (state === undefined && BackupError.is(error)) return undefined
        throw error
      })
      const bytes = await store?.read(itemOf(location))
      return bytes && new TextDecoder().decode(bytes)
    },
    async remember(repository, locations, warn) {
      try {
        const store = await open()
        for (const location of locations) await store.write(itemOf(location), utf8(repository))
      } catch (error) {
        if (!BackupError.is(error)) throw error
        warn(
          `Local state could not be written: ${error.message}`,
          `Until it can, nobody notices if ${locations.join(' or ')} is empty one day because a disk is not mounted.`,
        )
      }
    },
  }
}

/** A place that is known to hold a repository is never made anew: the disk is not mounted, or the folder was lost. */
function createdOnce(provider: BackupProvider, targets: RememberedTargets): BackupProvider {
  return {
    ...provider,
    open: async (options) => provider.open({ ...options, create: options.create === true && (await targets.recall(provider)) === undefined }),
  }
}

/** Several providers as one. What they lack is remembered in local state. */
async function joinAll(config: BackupConfig, runtime: Runtime, providers: readonly BackupProvider[], warn: RunContext['warn']): Promise<ReplicatedProvider> {
  const state = await runtime.openState('outbox', config.state).catch((error: unknown) => {
    if (config.state !== undefined || !BackupError.is(error)) throw error
    return createMemoryState()
  })
  const { copies, outboxBytes = 2 ** 30 } = config
  return joinProviders(providers, { required: copies?.required ?? 1, outboxBytes, state, crypto: runtime.crypto, warn })
}

/** Places that could be opened. */
function inUse(provider: BackupProvider | ReplicatedProvider): readonly string[] {
  if (!('replicas' in provider)) return [provider.location]
  return provider.replicas().flatMap(({ location, problem }) => (problem ? [] : [location]))
}
