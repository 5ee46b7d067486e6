import type { BackupProvider, ProviderCapabilities } from '../contract/provider.ts'
import { memoryProvider } from './memory-provider.ts'
import type { ProviderTest, SuiteSizes } from './provider-suite-place.ts'
import { runTest, themes } from './provider-suite.ts'
import { createMeter, metered } from './validate-metered.ts'

interface PlanOptions {
  readonly off?: Readonly<Record<string, string>>
  readonly maxBytesPerTest?: number
  readonly signal?: AbortSignal
}

/** One test of the suite, and what is known of it before it runs. */
export interface PlannedTest {
  readonly theme: string
  readonly test: ProviderTest
  /** Why it will not run. */
  readonly reason: string | undefined
  readonly outcome: 'off' | 'needs a fake'
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Each test is tried on a map first: what it moves there, it will move on the account. */
export async function planTests(
  sizes: SuiteSizes,
  declared: ProviderCapabilities,
  { off = {}, maxBytesPerTest = 64 * 1024 * 1024, signal }: PlanOptions,
): Promise<PlannedTest[]> {
  const planned: PlannedTest[] = []
  for (const [theme, tests] of Object.entries(themes)) {
    for (const test of tests) {
      const fake = needsFake(test)
      const outcome = fake === undefined ? 'off' : 'needs a fake'
      const early = fake ?? off[test.name] ?? needsHash(test, declared)
      const meter = createMeter()
      if (early === undefined && signal?.aborted !== true) {
        const place = memoryProvider()
        const client = (): BackupProvider =>
          metered(memoryProvider({ store: place.store }), '', meter, new AbortController().signal)
        // A map keeps all it is given in memory, which one of the tests rightly objects to.
        await runTest(test, { provider: client(), second: client }, sizes).catch(() => {})
      }
      const { sentBytes, receivedBytes } = meter
      const moved = sentBytes + receivedBytes
      const tooMuch =
        moved > maxBytesPerTest ? `moves ${moved} bytes, and ${maxBytesPerTest} are allowed` : undefined
      planned.push({ theme, test, outcome, reason: early ?? tooMuch, sentBytes, receivedBytes })
    }
  }
  return planned
}

function needsFake({ needs = [] }: ProviderTest): string | undefined {
  return needs.length > 0 ? needs.join(', ') : undefined
}

function needsHash({ covers = [] }: ProviderTest, { serverHash }: ProviderCapabilities): string | undefined {
  return covers.includes(7) && serverHash !== 'sha256'
    ? `no SHA-256 in the store: serverHash is ${serverHash}`
    : undefined
}
