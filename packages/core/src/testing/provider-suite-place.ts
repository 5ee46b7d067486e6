import type { BackupProvider, ListedObject, OpenOptions } from '../contract/provider.ts'
import { capabilitiesOf } from '../contract/provider.ts'
import { BackupError, type ErrorKind } from '../errors.ts'
import { type RetryOptions, withRetry } from '../provider/with-retry.ts'
import type { FixtureFault, InjectedFault, Need, ProviderFixture } from './provider-suite-fixture.ts'
import { seededRandom, type SeededRandom } from './seeded-random.ts'

export interface SuiteSizes {
  /** Objects in the test of long listings. [5,000] */
  readonly listedObjects: number
  /** Bytes of memory that one running put of 32 MiB may hold beside the body. [33,554,432] */
  readonly heldBytesPerPut: number
  /** Steps of the random work that is compared with a model. [200] */
  readonly modelSteps: number
}

export interface ProviderTest {
  readonly name: string
  /** Rows of the table in the guide that this test stands for. */
  readonly covers?: readonly number[]
  /** What the fixture has to offer. */
  readonly needs?: readonly Need[]
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
  other(options?: OpenOptions): Promise<BackupProvider>
  /** Makes the store fail; `end` it, or it ends with the test. */
  inject(fault: FixtureFault): Promise<Required<InjectedFault>>
  /**
   * The call must fail with this kind, for the reason meant: the store is seen to work before and after, and
   * to have received the call where it can tell. A dead store would refuse everything.
   */
  refuses(
    kind: ErrorKind | readonly ErrorKind[],
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
  const ends: (() => Promise<void> | void)[] = []
  if (created) await provider.open({ create: true })

  return {
    fixture,
    provider,
    sizes,
    random: seededRandom(20_260_101),
    listing: (prefix) => all(provider.list(prefix)),

    async other(options = {}) {
      const client = await fixture.second()
      opened.push(client)
      await client.open(options)
      return client
    },

    async inject(fault) {
      const injected = await fixture.inject?.(fault)
      holds(injected !== undefined, `the fixture cannot inject ${fault}`)
      let over = false
      const end = async (): Promise<void> => {
        if (over) return
        over = true
        await injected.end?.()
      }
      ends.push(end)
      return { happened: () => injected.happened(), end }
    },

    async refuses(kind, call, { arrives = true } = {}) {
      await provider.put(proofOfLife, new Uint8Array([1]))
      const before = fixture.requests?.() ?? 0
      await fails(kind, call)
      const after = fixture.requests?.() ?? 1
      holds(!arrives || after > before, `the store never saw the call that was to fail with ${String(kind)}`)
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
      for (const end of ends) await end()
      for (const client of opened) await client.close?.()
      await fixture.dispose?.()
    },
  }
}

/** The assertion of the suite; it needs no test runner. */
export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(`Broken promise: ${otherwise}.`)
}

export async function fails(
  kind: ErrorKind | readonly ErrorKind[],
  call: () => Promise<unknown>,
): Promise<void> {
  await failure(kind, call)
}

/** The error of a call that must fail with this kind, or one of these. */
export async function failure(
  kind: ErrorKind | readonly ErrorKind[],
  call: () => Promise<unknown>,
): Promise<BackupError> {
  const kinds: readonly ErrorKind[] = typeof kind === 'string' ? [kind] : kind
  const wanted = kinds.join(' or ')
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  holds(error !== undefined, `a call succeeded that must fail with ${wanted}`)
  holds(BackupError.is(error), `a call failed with something that is no BackupError: ${String(error)}`)
  holds(
    kinds.includes(error.kind),
    `a call failed with ${error.kind} (${error.message}) instead of ${wanted}`,
  )
  return error
}

/** With the patience that the engine has, and shorter waits. */
export function patient(provider: BackupProvider, more: RetryOptions = {}): BackupProvider {
  return withRetry(provider, { firstDelayMs: 1, maxDelayMs: 20, ...more })
}

export function same(actual: Uint8Array, expected: Uint8Array, what: string): void {
  holds(actual.length === expected.length, `${what} has ${actual.length} bytes instead of ${expected.length}`)
  const [some, others] = [inWords(actual), inWords(expected)]
  let word = 0
  while (word < some.length && some[word] === others[word]) word++
  for (let at = word * 4; at < actual.length; at++) {
    if (actual[at] !== expected[at]) holds(false, `${what} differs at byte ${at}`)
  }
}

/** Without the last bytes, where they are less than a word. */
function inWords(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
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
