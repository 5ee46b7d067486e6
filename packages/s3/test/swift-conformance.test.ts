import { providerSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixtureOn, type OwnFaults } from './fixture.ts'
import { onSwift } from './real-servers.ts'
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
      listedObjects: 1_200,
      without: { ...without, denied: 'its users are named at its start', suspended: 'Swift suspends nobody' },
    })
  })
})
