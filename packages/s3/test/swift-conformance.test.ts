import { providerSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixtureOn, type OwnFaults } from './fixture.ts'
import { largestPage, onSwift } from './real-servers.ts'
import { without } from './without.ts'

onSwift((swift) => {
  describe('a bucket keeps the contract', () => {
    const own: OwnFaults = {
      async limit(bucket, bytes) {
        await swift().limit(bucket, bytes)
        return () => swift().limit(bucket, 2 ** 40)
      },
    }
    providerSuite({ describe, test }, () => fixtureOn(swift(), own), {
      // Four pages.
      listedObjects: 4 * largestPage,
      timeoutMs: 300_000,
      off: {
        'comes through five hundred calls of which thirty in a hundred fail':
          'they fail on the way to the server; conformance.test.ts does it on the way to another one',
      },
      without: { ...without, denied: 'its users are named at its start', suspended: 'Swift suspends nobody' },
    })
  })
})
