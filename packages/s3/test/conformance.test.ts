import type { Ceph } from '@backup-internal/servers'
import { onTheWire } from '@backup-internal/fakes/wire'
import { providerSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixtureOn, type OwnFaults } from './fixture.ts'
import { largestPage, onRadosgw } from './real-servers.ts'
import { without } from './without.ts'

const slow = {
  'lists every one of many objects exactly once, under every prefix': 'a bucket does it above',
  ...onTheWire('a bucket does it above'),
}

onRadosgw((ceph) => {
  describe('a bucket keeps the contract', () => {
    providerSuite({ describe, test }, () => fixtureOn(ceph(), ownFaults(ceph())), {
      // Four pages.
      listedObjects: 4 * largestPage,
      timeoutMs: 300_000,
      without,
    })
  })

  describe('a path in a bucket keeps the contract', () => {
    providerSuite(
      { describe, test },
      () => fixtureOn(ceph(), ownFaults(ceph()), { prefix: 'shops/berlin' }),
      {
        off: slow,
        timeoutMs: 300_000,
        without,
      },
    )
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
