import type { Codec } from '../contract/codec.ts'
import { hostileTests } from './codec-suite-hostile.ts'
import { roundTripTests } from './codec-suite-round-trip.ts'
import { type CodecSample, samplesOf } from './codec-suite-samples.ts'
import type { TestApi } from './provider-suite.ts'

export type { CodecSample } from './codec-suite-samples.ts'

export interface CodecSuiteOptions {
  /** Bytes that another implementation encoded. A codec that cannot encode is tested with these alone. */
  readonly samples?: readonly CodecSample[]
  /** The format carries a checksum: changed bytes never decode to anything but the original. [false] */
  readonly checksum?: boolean
  /** For each test, in milliseconds. [60,000] */
  readonly timeoutMs?: number
}

/**
 * Certifies a codec: does it give back what it was given, and does it keep its head when what it is given is
 * hostile?
 *
 * Bytes that were cut short, extended, changed or made up may be refused with `corrupt`, or decode to exactly
 * the expected number of bytes where the format cannot know better. Nothing else may happen, and all in
 * bounded time.
 *
 * @throws Error at once when there is nothing to test with: no `encode` and no samples.
 *
 * @example
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * describe('my codec', () => codecSuite({ describe, test }, () => mine))
 * ```
 */
export function codecSuite(api: TestApi, makeCodec: () => Codec, options: CodecSuiteOptions = {}): void {
  const { samples = [], checksum = false, timeoutMs = 60_000 } = options
  const canEncode = makeCodec().encode !== undefined
  if (!canEncode && samples.length === 0) {
    throw new Error('A codec that cannot encode needs samples to be tested with.')
  }
  let prepared: readonly CodecSample[] | undefined
  const prepare = (): readonly CodecSample[] => (prepared ??= samplesOf(makeCodec(), samples))
  const themes = { 'round trip': roundTripTests, 'hostile input': hostileTests }
  for (const [theme, tests] of Object.entries(themes)) {
    api.describe(theme, () => {
      for (const { name, encodes, run } of tests) {
        if (encodes && !canEncode) continue
        api.test(
          name,
          async () => {
            run({ codec: makeCodec(), checksum, samples: prepare() })
          },
          timeoutMs,
        )
      }
    })
  }
}
