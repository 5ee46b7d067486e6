import type { Ceph } from '@backup-internal/servers'
import { providerSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixtureOn, type OwnFaults } from './fixture.ts'
import { onRadosgw } from './real-servers.ts'
import { without } from './without.ts'

const slow = {
  'lists every one of many objects exactly once, under every prefix': 'a bucket does it above',
  'comes through five hundred calls of which thirty in a hundred fail': 'a bucket does it above',
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
