import { tracingChannel } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackupProvider } from '../src/contract/provider.ts'
import { providerChannel, withTrace } from '../src/node/with-trace.ts'
import { withBandwidthLimit } from '../src/provider/with-bandwidth-limit.ts'
import { withConcurrencyLimit } from '../src/provider/with-concurrency-limit.ts'
import { withPrefix } from '../src/provider/with-prefix.ts'
import { providerSuite, type ProviderFixture } from '../src/testing/provider-suite.ts'
import { modelFixture } from './model-client.ts'

// A wrapper keeps what the provider inside promises, faults and all.

const off = { 'holds no more memory for its puts than it says': 'memory is its store' }

function wrapped(wrap: (provider: BackupProvider) => BackupProvider): ProviderFixture {
  const fixture = modelFixture()
  return { ...fixture, provider: wrap(fixture.provider), second: async () => wrap(await fixture.second()) }
}

describe('a provider with a bandwidth limit keeps the contract', () => {
  const fast = { uploadBytesPerSecond: 2e9, downloadBytesPerSecond: 2e9 }
  providerSuite({ describe, test }, () => wrapped((inner) => withBandwidthLimit(inner, fast)), {
    off,
    listedObjects: 1_000,
  })
})

describe('a provider with a concurrency limit keeps the contract', () => {
  providerSuite({ describe, test }, () => wrapped((inner) => withConcurrencyLimit(inner, 2)), {
    off,
    listedObjects: 1_000,
  })
})

describe('a provider with a prefix keeps the contract', () => {
  providerSuite({ describe, test }, () => wrapped((inner) => withPrefix(inner, 'shop')), {
    listedObjects: 1_000,
    off: {
      ...off,
      'takes the oddest keys that the rule allows':
        'the longest key has no room for a prefix; with-prefix.test.ts stores the longest that repositories have',
    },
  })
})

describe('a provider that is traced keeps the contract', () => {
  let events = 0
  const listener = (): void => void events++
  beforeAll(() => tracingChannel(providerChannel).start.subscribe(listener))
  afterAll(() => void tracingChannel(providerChannel).start.unsubscribe(listener))
  providerSuite({ describe, test }, () => wrapped(withTrace), { off, listedObjects: 1_000 })

  test('and told about its calls', () => expect(events).toBeGreaterThan(2_000))
})
