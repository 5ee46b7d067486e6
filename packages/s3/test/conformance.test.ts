import type { Ceph } from '@backup-internal/servers'
import { providerSuite, type FixtureFault, type FixtureAbility } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixtureOn, type OwnFaults } from './fixture.ts'
import { onRadosgw, onSwift } from './real-servers.ts'

/** What buckets do not have. */
const without: Readonly<Partial<Record<FixtureFault | FixtureAbility, string>>> = {
  'daily-limit': 'S3 has none',
  reauth: 'access keys are not renewed; a key that was removed is `denied`',
  'expired-token': 'access keys do not expire; those of a session are renewed before: surroundings.test.ts',
  refreshes: 'access keys are not renewed',
  'keeps-fewer': 'a part is kept whole or not at all',
  duplicates: 'a name has one object',
  pass: 'the server has the clock of this machine; old uploads are aborted in answers.test.ts',
}

const slow = {
  'lists every one of many objects exactly once, under every prefix': 'a bucket does it above',
}

onRadosgw((ceph) => {
  describe('a bucket keeps the contract', () => {
    providerSuite({ describe, test }, () => fixtureOn(ceph(), ownFaults(ceph())), {
      listedObjects: 1_200,
      without,
    })
  })

  describe('a path in a bucket keeps the contract', () => {
    providerSuite(
      { describe, test },
      () => fixtureOn(ceph(), ownFaults(ceph()), { prefix: 'shops/berlin' }),
      {
        off: slow,
        without,
      },
    )
  })
})

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

function ownFaults({ admin }: Ceph): OwnFaults {
  return {
    async limit(bucket, bytes) {
      const quota = ['--quota-scope', 'bucket', '--bucket', bucket]
      await admin('quota', 'set', ...quota, '--max-size', String(bytes))
      await admin('quota', 'enable', ...quota)
      return () => admin('quota', 'disable', ...quota)
    },
    async deny() {
      await admin('user', 'suspend', '--uid', 'tester')
      return () => admin('user', 'enable', '--uid', 'tester')
    },
  }
}
