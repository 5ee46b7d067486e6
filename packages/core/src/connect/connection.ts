import type { KeyProvider } from '../contract/key.ts'
import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Runtime, StateStore } from '../contract/runtime.ts'
import type { BackupConfig } from '../config.ts'
import { BackupError } from '../errors.ts'
import type { BackupEvent } from '../events.ts'
import { createMemoryState, portableRuntime } from '../portable/runtime.ts'
import type { ReplicatedProvider } from '../replicate/replicated.ts'
import { type RetryEvent, withRetry } from '../provider/with-retry.ts'
import { type Glance, glanceAt } from '../repository/glance.ts'
import { type InitResult, createRepository, isRepository } from '../repository/init.ts'
import { waitedForListings } from '../repository/listing-lag.ts'
import { type Repository, openRepository } from '../repository/repository.ts'
import { readFormat } from '../repository/read-format.ts'
import { hex } from '../format/text.ts'
import { restoreKit } from '../restore-kit/restore-kit.ts'
import { type EventBody, announcer } from '../track/announcer.ts'
import type { RunContext } from '../track/run.ts'
import { missingOwnCommit } from '../write/writer-state.ts'
import { joinAll } from './join-all.ts'
import { createdOnce, rememberedTargets } from './remembered-targets.ts'
import { type UploadNotes, uploadNotes } from './upload-journal.ts'

/** The way to the repository: opened once, kept open, and let go of when something went wrong. */
export interface Connection {
  readonly runtime: Runtime
  init(options?: CallOptions): Promise<InitResult>
  /** The repository that one of the places is known to hold, as local state remembers. */
  remembered(): Promise<string | undefined>
  /** The provider, or all of them as one, ready for use. */
  place(options?: CallOptions): Promise<BackupProvider | ReplicatedProvider>
  /** @param purpose who writes gets the state that was asked for, or an error; who reads can do without */
  open(options?: CallOptions | RunContext, purpose?: Purpose): Promise<Repository>
  /** Opens it for reading, with nothing that was known before. */
  openAnew(options?: CallOptions | RunContext): Promise<Repository>
  /**
   * One snapshot for reading, in a few round trips, where the repository is not open yet.
   *
   * @param wanted `latest`, or the beginning of an id
   * @returns nothing where it is open, or has to be opened to tell which snapshot that is
   */
  glance(wanted: string, options: CallOptions): Promise<Glance | undefined>
  /** Runs one operation at a time; it is told of every retry. */
  exclusive<Result>(context: RunContext, body: () => Promise<Result>): Promise<Result>
  /** After a failed backup what is known of the repository is not to be trusted: it is read again next time. */
  guarded<Result>(body: () => Promise<Result>): Promise<Result>
  /** What the repository is opened with. */
  secrets(): readonly KeyProvider[]
  /** Opens with these secrets from now on. */
  forget(secrets: readonly KeyProvider[]): void
  close(): Promise<void>
}

type Purpose = 'read' | 'write'

/** Could it not be opened because there is none? With nothing remembered there never was one: it is yet to be made. */
export function isNotThere(error: unknown): boolean {
  return BackupError.is(error, 'target-missing', 'not-a-repository')
}

/** @param also is given all that happens between runs */
export function createConnection(config: BackupConfig, clock: () => Date, also: (event: BackupEvent) => void): Connection {
  const ownRuntime = config.providers.find((provider) => provider.runtime)?.runtime
  const runtime = config.runtime ?? config.source.runtime ?? ownRuntime ?? portableRuntime
  let current: RunContext | undefined
  const targets = rememberedTargets(runtime, config)
  const notes = uploadNotes(runtime, () => runtime.openState('uploads', config.state), clock)
  const between = announcer({ operation: 'replicate', clock, notifiers: config.notify ?? [], also })
  /** What happens between runs is told too, but nobody iterates over it. */
  const tell = (news: EventBody): void => (current ? current.emit(news) : between.emit(news))
  const warn = (message: string, hint: string): void => tell({ type: 'warning', message, hint })
  const onRetry = (event: RetryEvent): void => current && noteRetry(current, event)
  const patient = config.providers.map((bare) =>
    createdOnce(withNotes(withRetry(bare, { onRetry }), notes), targets),
  )
  let joined: Promise<BackupProvider | ReplicatedProvider> | undefined
  const join = (): Promise<BackupProvider | ReplicatedProvider> => {
    const [only] = patient
    joined ??= patient.length === 1 ? Promise.resolve(only!) : joinAll(config, runtime, patient, tell, warn)
    return joined
  }
  let keys: readonly KeyProvider[] = [config.keys].flat()
  let ready: Promise<BackupProvider | ReplicatedProvider> | undefined
  let repository: Promise<Repository> | undefined
  /** The one that was opened last. */
  let latest: Repository | undefined
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
    const opened = await openRepository({
      ...call,
      provider,
      runtime: canDoWithout(purpose) ? forgetting(runtime, warn, standIns) : runtime,
      keys,
      warn,
      ...(config.state !== undefined && { stateDirectory: config.state }),
    })
    latest = opened
    notes.unlock(opened.ring)
    await targets.remember(opened.id, inUse(provider), warn)
    const missing = await missingOwnCommit(opened)
    if (missing) warn(`Snapshot ${missing.slice(0, 12)}…, made from here, is gone from ${provider.location}.`, 'Find out who removed it; verify the repository.')
    return opened
  }
  const initialise = async (options: CallOptions): Promise<InitResult> => {
    const provider = await join()
    await provider.open({ ...options, create: true })
    const found = async (): Promise<InitResult | undefined> => {
      if (!(await isRepository(provider, options))) return undefined
      const { repository: id } = await readFormat(provider, runtime.crypto, options)
      return { created: false, repository: hex(id) }
    }
    const existing = await found()
    if (existing) return existing
    for (const { name, location } of patient) {
      const known = await targets.recall({ location })
      if (known === undefined) continue
      throw new BackupError('target-missing', `${location} held repository ${known} and is empty now, or out of reach.`, {
        plugin: name,
        hint: 'Mount the right disk or bring the folder back. If it is lost for good, use another place, or another state folder.',
      })
    }
    const suite = config.suite ?? 'aes-256-gcm'
    const made = await createRepository({ ...options, provider, runtime, keys, suite, now: clock(), restoreKit: await restoreKit() }).catch(
      async (error: unknown) => {
        // What looked like the rest of a repository may be one that is not listed in full yet.
        const there = BackupError.is(error, 'exists') && (await waitedForListings(provider, options)) && (await found())
        if (!there) throw error
        return there
      },
    )
    await targets.remember(made.repository, inUse(provider), () => {})
    return made
  }

  /** Whoever still works with it keeps it; the next one opens it anew, and knows no more than there is. */
  const letGo = (): void => {
    latest = undefined
    repository = undefined
  }
  const letGoWhenOutgrown = (): void => {
    if (latest?.isOutgrown) letGo()
  }

  const connection: Connection = {
    runtime,
    init(options = {}) {
      // One after the other: the second finds what the first made.
      const turn = queue.then(() => initialise(options))
      queue = turn.catch(() => {})
      return turn
    },
    async remembered() {
      for (const { location } of patient) {
        const known = await targets.recall({ location })
        if (known !== undefined) return known
      }
      return undefined
    },
    place: (options = {}) => openProvider(options),
    async open(options = {}, purpose = 'read') {
      if (!current) letGoWhenOutgrown()
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
    openAnew(options) {
      letGo()
      return connection.open(options)
    },
    async glance(wanted, options) {
      if (repository) return undefined
      const provider = await openProvider(options)
      return glanceAt({ ...options, provider, runtime, keys, warn }, wanted)
    },
    exclusive(context, body) {
      const before = queue
      const turn = afterOthers(before, context.signal).then(async () => {
        current = context
        try {
          return await body()
        } finally {
          current = undefined
          letGoWhenOutgrown()
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
        letGo()
        throw error
      }
    },
    secrets: () => keys,
    forget(secrets) {
      keys = secrets
      letGo()
    },
    async close() {
      await queue
      await (await joined)?.close?.()
      await between.notified()
      joined = undefined
      ready = undefined
      letGo()
    },
  }
  return connection
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

/** Tells a provider where it may note what was interrupted. */
function withNotes(provider: BackupProvider, notes: UploadNotes): BackupProvider {
  const journal = notes.at(provider.location)
  return { ...provider, open: (options) => provider.open({ ...options, journal }) }
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

/** Places that could be opened. */
function inUse(provider: BackupProvider | ReplicatedProvider): readonly string[] {
  if (!('replicas' in provider)) return [provider.location]
  return provider.replicas().flatMap(({ location, problem }) => (problem ? [] : [location]))
}
