import type { BackupProvider, ListedObject } from '../contract/provider.ts'
import { capabilitiesOf } from '../contract/provider.ts'
import { BackupError, type ErrorKind } from '../errors.ts'
import { seededRandom, type SeededRandom } from './seeded-random.ts'

/** One store under test, seen from its user and from behind. */
export interface ProviderFixture {
  /**
   * A client of a place that nobody has used. Not opened yet; where places can be created, not created yet.
   */
  readonly provider: BackupProvider
  /** Another client of the same place, as another process would be one. Not opened yet. */
  second(): BackupProvider | Promise<BackupProvider>
  /** Leaves things of others in the place that are no objects: files, folders, odd names, trash. */
  litter?(): Promise<void>
  /** Makes the store fail in this way from now on, and counts how often it did. */
  inject?(fault: FixtureFault): Promise<{ happened(): number }> | { happened(): number }
  /** How many requests the store has seen; negative tests check that theirs arrived. */
  requests?(): number
  /** Lets time pass, where the store has its own clock. */
  pass?(ms: number): Promise<void>
  /** Clears everything away. */
  dispose?(): Promise<void>
}

/**
 * `full`: no room. `denied`: credentials or rights are refused. `unreachable`: no connection.
 * `cut`: bodies break off while they are read.
 */
export type FixtureFault = 'full' | 'denied' | 'unreachable' | 'cut'

export interface SuiteSizes {
  /** Objects in the test of long listings. [5,000] */
  readonly listedObjects: number
  /** Bytes of memory that one running put of 32 MiB may hold beside the body. [33,554,432] */
  readonly heldBytesPerPut: number
}

export interface ProviderTest {
  readonly name: string
  /** Should the place be created and opened before? [true] */
  readonly created?: boolean
  readonly run: (place: Place) => Promise<void>
}

/** What a test has at hand. */
export interface Place {
  readonly fixture: ProviderFixture
  readonly provider: BackupProvider
  readonly sizes: SuiteSizes
  readonly random: SeededRandom
  /** An opened second client. */
  other(): Promise<BackupProvider>
  /**
   * The call must fail with this kind, for the reason meant: the store is seen to work before and after, and
   * to have received the call where it can tell. A dead store would refuse everything.
   */
  refuses(
    kind: ErrorKind,
    call: () => Promise<unknown>,
    options?: { readonly arrives?: boolean },
  ): Promise<void>
  /** The listing as it is now. */
  listing(prefix: string): Promise<ListedObject[]>
  /** Until the listing of a client shows these keys and no others, at most for the declared lag. */
  settles(prefix: string, keys: readonly string[], client?: BackupProvider): Promise<void>
  leave(): Promise<void>
}

const proofOfLife = 'checks/suite/alive'

export async function enter(fixture: ProviderFixture, sizes: SuiteSizes, created: boolean): Promise<Place> {
  const { provider } = fixture
  const opened: BackupProvider[] = [provider]
  const pass = fixture.pass ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  if (created) await provider.open({ create: true })

  return {
    fixture,
    provider,
    sizes,
    random: seededRandom(20_260_101),
    listing: (prefix) => all(provider.list(prefix)),

    async other() {
      const client = await fixture.second()
      opened.push(client)
      await client.open({})
      return client
    },

    async refuses(kind, call, { arrives = true } = {}) {
      await provider.put(proofOfLife, new Uint8Array([1]))
      const before = fixture.requests?.() ?? 0
      await fails(kind, call)
      const after = fixture.requests?.() ?? 1
      holds(!arrives || after > before, `the store never saw the call that was to fail with ${kind}`)
      holds(
        (await provider.stat(proofOfLife))?.size === 1,
        'the store does not work, so its refusals prove nothing',
      )
    },

    async settles(prefix, keys, client = provider) {
      const wanted = [...keys].sort().join('\n')
      const { listLagMs } = capabilitiesOf(client)
      for (let waitedMs = 0; ; waitedMs += listLagMs / 10) {
        const seen = (await all(client.list(prefix)))
          .map(({ key }) => key)
          .filter((key) => key !== proofOfLife)
        if (seen.sort().join('\n') === wanted) return
        const left = listLagMs - waitedMs
        holds(
          left > 0,
          `the listing of "${prefix}" never came right: ${seen.length} of ${keys.length} objects`,
        )
        await pass(listLagMs / 10)
      }
    },

    async leave() {
      for (const client of opened) await client.close?.()
      await fixture.dispose?.()
    },
  }
}

/** The assertion of the suite; it needs no test runner. */
export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(`Broken promise: ${otherwise}.`)
}

export async function fails(kind: ErrorKind, call: () => Promise<unknown>): Promise<void> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  holds(error !== undefined, `a call succeeded that must fail with ${kind}`)
  holds(BackupError.is(error), `a call failed with something that is no BackupError: ${String(error)}`)
  holds(error.kind === kind, `a call failed with ${error.kind} (${error.message}) instead of ${kind}`)
}

export function same(actual: Uint8Array, expected: Uint8Array, what: string): void {
  holds(actual.length === expected.length, `${what} has ${actual.length} bytes instead of ${expected.length}`)
  for (let at = 0; at < actual.length; at++) {
    if (actual[at] !== expected[at]) holds(false, `${what} differs at byte ${at}`)
  }
}

/**
 * Lets everything else go on: a loop that only awaits promises would keep timers and files from their turn.
 */
export function othersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
