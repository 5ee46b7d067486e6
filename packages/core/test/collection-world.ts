import { capabilitiesOf, type BackupProvider } from '../src/contract/provider.ts'
import type { Runtime, StateStore } from '../src/contract/runtime.ts'
import { rawKey } from '../src/crypto/keys/raw-key.ts'
import { BackupError } from '../src/errors.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { createMemoryState, portableRuntime } from '../src/portable/runtime.ts'
import { collectRun } from '../src/prune/collect-run.ts'
import { scan } from '../src/prune/scan.ts'
import { throwAway } from '../src/prune/throw-away.ts'
import { sortedSnapshots } from '../src/read/choose.ts'
import { createRepository } from '../src/repository/init.ts'
import { type Repository, openRepository } from '../src/repository/repository.ts'
import type { Bounds } from '../src/session/bounds.ts'
import { eventualProvider } from '../src/testing/eventual-provider.ts'
import { memoryProvider } from '../src/testing/memory-provider.ts'
import { memorySource } from '../src/testing/memory-source.ts'
import { type SeededRandom, seededRandom } from '../src/testing/seeded-random.ts'
import type { RunContext } from '../src/track/run.ts'
import { backupRun } from '../src/write/backup-run.ts'

/**
 * Writers and collectors that know nothing of one another, on a store whose listings lag, in a time of its own: the world of FORMAT.md
 * §16. Requests take their time and may be carried out after they were given up; machines sleep at any moment, for longer than a
 * session lasts; data that was removed comes back.
 */
export interface WorldReport {
  readonly commits: number
  readonly removedSnapshots: number
  readonly removedPacks: number
  readonly gathered: number
  /** Runs that were told to begin again. */
  readonly outrun: number
  /** Why the first snapshot that lacks something lacks it; absent when all are whole. */
  readonly damage?: string
}

/** Without threads and files, and with numbers from a seed: a world can be played again, step by step, on any machine. */
function repeatable(random: SeededRandom): Runtime {
  return { ...nodeRuntime, crypto: { ...nodeRuntime.crypto, random: random.bytes }, openState: portableRuntime.openState }
}

/** One step, in milliseconds: much longer than a run relies on a listing. */
const step = 120_000
const keys = [rawKey(new Uint8Array(32).fill(3))]
const blobs = Array.from({ length: 60 }, (_, at) => seededRandom(at + 1).bytes(300 + at * 10))

export async function simulate(seed: number, steps: number, setNow: (ms: number) => void): Promise<WorldReport> {
  const random = seededRandom(seed)
  const withoutFiles = repeatable(seededRandom(seed + 1_000_000))
  const bounds = someBounds(random)
  const time = timeline(setNow)
  const inner = memoryProvider()
  const shared = eventualProvider(dated(inner, time), { seed, lagMs: bounds.listMs, clock: time })
  const counts = { commits: 0, removedSnapshots: 0, removedPacks: 0, gathered: 0, outrun: 0 }
  let damage: string | undefined
  await inner.open({ create: true })
  await createRepository({ provider: inner, runtime: withoutFiles, keys, suite: 'aes-256-gcm', now: time.date(), restoreKit: {} })

  const check = async (): Promise<void> => {
    const repository = await opened(inner, withoutFiles)
    const roots = sortedSnapshots(repository).map(({ commit }) => commit)
    const named = new Map([...repository.index, ...roots].flatMap(({ packs }) => packs.map((pack) => [pack.name, pack] as const)))
    try {
      await scan(repository, { roots, named, pinned: new Set(), described: new Map(), doomed: new Set() })
    } catch (error) {
      if (!BackupError.is(error)) throw error
      damage ??= `${error.message} (seed ${seed}, step ${Math.round(time.now() / step)})`
    }
  }
  // Data that everybody has for a while, and that comes back when it is about to be forgotten.
  const phases = blobs.map((_, at) => ({ offset: random.below(200), period: at % 3 === 0 ? 20 + random.below(50) : 60 + random.below(140), on: 1 + random.below(6) }))
  const isThere = (blob: number, at: number): boolean => {
    const { offset, period, on } = phases[blob]!
    return (at + offset) % period < on
  }
  const ended = (): boolean => damage !== undefined || time.now() >= steps * step

  const actor = async (live: (self: Actor) => Promise<void>): Promise<void> => {
    const own = seededRandom(random.below(1e9))
    const runtime = { ...withoutFiles, openState: (): Promise<StateStore> => Promise.resolve(state) }
    let state = createMemoryState()
    const self: Actor = {
      random: own,
      provider: unreliable(shared, own, time, bounds),
      runtime,
      context,
      loseState: () => void (state = createMemoryState()),
    }
    while (!ended()) {
      await time.pass(own.next() * 4 * step)
      await live(self)
    }
  }
  const writer = (): Promise<void> => {
    const source = memorySource()
    let repository: Repository | undefined
    return actor(async (self) => {
      if (self.random.next() < 0.1) repository = undefined
      if (self.random.next() < 0.03) self.loseState()
      source.streams.clear()
      blobs.forEach((blob, at) => isThere(at, time.now() / step) && source.streams.set(`${at}`, blob))
      try {
        repository ??= await opened(self.provider, self.runtime)
        await backupRun(repository, self.context, {
          source,
          kind: 'manual',
          tags: [],
          note: null,
          codec: { codec: 0 },
          workers: 0,
          deltas: false,
          zone: 'UTC',
          clock: time.date,
          bounds,
        })
        counts.commits++
      } catch (error) {
        repository = undefined
        if (BackupError.is(error, 'busy')) counts.outrun++
        else if (!BackupError.is(error, 'transient', 'not-found')) throw error
      }
    })
  }
  const collector = (): Promise<void> => {
    let repository: Repository | undefined
    return actor(async (self) => {
      if (self.random.next() < 0.3) repository = undefined
      try {
        repository ??= await opened(self.provider, self.runtime)
        await repository.refresh()
        const old = sortedSnapshots(repository).slice(0, -1).filter(({ name, commit }) => {
          // Some stay for long, when those around them are gone.
          const ageSteps = (time.date().getTime() - commit.time.getTime()) / step
          return name < '4' ? ageSteps > 50 : self.random.next() < 0.9
        })
        const names = old.map(({ name }) => name)
        if (names.length > 0) await throwAway(repository, names, { authority: { reason: 'retention' }, bounds, record: async () => {}, now: time.date() }, {})
        const options = { bounds, clock: time.date, workers: 0, codec: { codec: 0 } as const, record: async () => {} }
        const report = await collectRun(repository, self.context, options)
        counts.removedSnapshots += report.snapshots.length
        counts.removedPacks += report.removedPacks
        counts.gathered += report.gatheredPacks
      } catch (error) {
        repository = undefined
        if (!BackupError.is(error, 'transient', 'not-found', 'corrupt')) throw error
      }
      if (self.random.next() < 0.2) await check()
    })
  }

  const actors = [writer(), writer(), collector(), collector()]
  await time.until(Promise.all(actors))
  await check()
  return { ...counts, ...(damage !== undefined && { damage }) }
}

interface Actor {
  readonly random: SeededRandom
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly context: RunContext
  loseState(): void
}

/** As far apart as the protocol allows. */
function someBounds(random: SeededRandom): Bounds {
  const lag = 1 + random.below(8)
  const late = random.below(5)
  const life = 6 + random.below(12)
  const grace = 2 * lag + late + random.below(4)
  // With short windows only what short sessions count on can be removed in time.
  const window = 1 + random.below(12) + (random.next() < 0.5 ? life : 0)
  return {
    listMs: lag * step,
    lateMs: late * step,
    lifeMs: life * step,
    graceMs: grace * step,
    windowMs: window * step,
    undoMs: random.below(6) * step,
  }
}

function opened(provider: BackupProvider, runtime: Runtime): Promise<Repository> {
  return openRepository({ provider, runtime, keys, warn: () => {} })
}

const context: RunContext = {
  signal: new AbortController().signal,
  meter: { phase() {}, expect() {}, done() {}, moved() {} } as unknown as RunContext['meter'],
  retried: new Set(),
  emit() {},
  phase() {},
  warn() {},
}

interface Timeline {
  now(): number
  date(): Date
  pass(ms: number): Promise<void>
  /** Lets time go by until that has happened. */
  until(done: Promise<unknown>): Promise<void>
}

/** Time goes on when nobody has anything left to do at the moment. */
function timeline(setNow: (ms: number) => void): Timeline {
  const start = Date.UTC(2031, 0, 1)
  const waiting: { readonly at: number; readonly order: number; readonly wake: () => void }[] = []
  let now = 0
  let order = 0
  return {
    now: () => now,
    date: () => new Date(start + now),
    pass: (ms) => new Promise((wake) => waiting.push({ at: now + ms, order: order++, wake })),
    async until(done) {
      let isDone = false
      let failure: { error: unknown } | undefined
      done.then(() => (isDone = true), (error: unknown) => (failure = { error }))
      for (;;) {
        for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve))
        if (failure) throw failure.error
        if (isDone) return
        let next = 0
        for (let at = 1; at < waiting.length; at++) {
          const [a, b] = [waiting[at]!, waiting[next]!]
          if (a.at < b.at || (a.at === b.at && a.order < b.order)) next = at
        }
        const [event] = waiting.splice(next, 1)
        if (!event) continue
        now = Math.max(now, event.at)
        setNow(now)
        event.wake()
      }
    },
  }
}

/** Tells when objects were stored, as most places do. */
function dated(inner: BackupProvider, time: Timeline): BackupProvider {
  const since = new Map<string, Date>()
  return {
    ...inner,
    async put(key, body, options) {
      await inner.put(key, body, options)
      if (!since.has(key)) since.set(key, time.date())
    },
    async *list(prefix, options) {
      for await (const object of inner.list(prefix, options)) yield { ...object, modifiedAt: since.get(object.key)! }
    },
  }
}

/** Calls take time, some are carried out after they were given up, and after any of them the machine may sleep. */
function unreliable(inner: BackupProvider, random: SeededRandom, time: Timeline, { lateMs, lifeMs }: Bounds): BackupProvider {
  const call = async <T>(carryOut: () => Promise<T>, changes: boolean): Promise<T> => {
    if (random.next() < 0.3) await time.pass(random.next() * 0.2 * step)
    if (changes && random.next() < 0.02) {
      void time.pass(random.next() * lateMs).then(carryOut).catch(() => {})
      await time.pass(random.next() * step)
      throw new BackupError('transient', 'Given up.')
    }
    const result = await carryOut()
    if (random.next() < 0.006) await time.pass(random.next() * 4 * lifeMs)
    return result
  }
  return {
    ...inner,
    capabilities: { ...capabilitiesOf(inner), concurrency: 2 },
    put: (key, body, options) => call(() => inner.put(key, body.slice(), options), true),
    get: (key, options) => call(() => inner.get(key, options), false),
    stat: (key, options) => call(() => inner.stat(key, options), false),
    delete: (key, options) => call(() => inner.delete(key, options), true),
    async *list(prefix, options) {
      const listed = await call(async () => {
        const all = []
        for await (const each of inner.list(prefix, options)) all.push(each)
        return all
      }, false)
      yield* listed
    },
  }
}
