import { describe, test } from 'vitest'
import { providerSuite } from '../src/testing/provider-suite.ts'
import { modelFixture } from './model-client.ts'

// The other half of what the suite is worth: a provider that keeps every promise passes every test, none left
// out but one.

describe('a provider that keeps every promise passes the whole suite', () => {
  providerSuite({ describe, test }, () => modelFixture(), {
    modelSteps: 20_000,
    off: { 'holds no more memory for its puts than it says': 'memory is its store' },
  })
})
