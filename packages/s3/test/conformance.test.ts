import { S3 } from '@aws-sdk/client-s3'
import type { Ceph } from '@backup-internal/servers'
import { offersNothing, providerSuite, type FixtureFault, type ProviderFixture } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'
import { freshBucket, onRadosgw } from './radosgw.ts'
import { tappedProxy, type TappedProxy } from './tapped-proxy.ts'

type Injected = 'full' | 'denied' | 'unreachable' | 'cut'

const { full: _, denied: __, unreachable: ___, cut: ____, litter: _____, requests: ______, ...without } =
  offersNothing('not offered by this fixture yet')

const unhashed = {
  'stores nothing of a body that is not what its hash says': 'the MD5 of the body guards the way; the SHA-256 is not sent',
}

onRadosgw((ceph) => {
  describe('a bucket keeps the contract', () => {
    providerSuite({ describe, test }, () => fixture(ceph(), {}), {
      listedObjects: 1_200,
      off: unhashed,
      without,
    })
  })

  describe('a path in a bucket keeps the contract', () => {
    const slow = {
      ...unhashed,
      'lists every one of many objects exactly once, under every prefix': 'a bucket does it above',
    }
    providerSuite({ describe, test }, () => fixture(ceph(), { prefix: 'shops/berlin' }), {
      off: slow,
      without,
    })
  })
})

async function fixture(ceph: Ceph, more: Partial<S3Options>): Promise<ProviderFixture> {
  const proxy = await tappedProxy(ceph.endpoint)
  const options: S3Options = { ...freshBucket(ceph), ...more, endpoint: proxy.endpoint }
  let restore = async (): Promise<unknown> => undefined
  return {
    provider: s3(options),
    second: () => s3(options),
    requests: () => proxy.answers(),
    litter: () => litter(ceph, options),
    faults: Object.keys(faults) as FixtureFault[],
    async inject(fault) {
      restore = await faults[fault as Injected](ceph, options, proxy)
      const before = proxy.answers(403)
      return { happened: () => proxy.answers(403) - before + proxy.disturbed() }
    },
    async dispose() {
      await restore()
      await proxy.close()
    },
  }
}

type Injection = (ceph: Ceph, options: S3Options, proxy: TappedProxy) => Promise<() => Promise<unknown>>
const nothing = async (): Promise<void> => {}

const faults: Readonly<Record<Injected, Injection>> = {
  async full({ admin }, { bucket }) {
    const quota = ['--quota-scope', 'bucket', '--bucket', bucket]
    await admin('quota', 'set', ...quota, '--max-size', '100K')
    await admin('quota', 'enable', ...quota)
    return nothing
  },
  async denied({ admin }) {
    await admin('user', 'suspend', '--uid', 'tester')
    return () => admin('user', 'enable', '--uid', 'tester')
  },
  async unreachable(_, __, proxy) {
    proxy.disturb('refuse')
    return nothing
  },
  async cut(_, __, proxy) {
    proxy.disturb({ cutAfterBytes: 50_000 })
    return nothing
  },
}

/** What other programs leave in a bucket, beside our place and in it. */
async function litter(ceph: Ceph, { bucket, prefix }: S3Options): Promise<void> {
  const client = new S3({
    endpoint: ceph.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: ceph.accessKey, secretAccessKey: ceph.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const inside = [
    'readme.txt',
    '.DS_Store',
    'packs/',
    'packs/00/',
    'packs/Thumbs.db',
    'packs/00/ours.PART',
    'packs/00/ours copy',
  ]
  const outside = [
    'photos/2031/one',
    'packs/00/of-another-shop',
    'shops/berlin-two/packs/00/theirs',
    'shops/berlin',
  ]
  const names = prefix === undefined ? inside : [...outside, ...inside.map((name) => `${prefix}/${name}`)]
  for (const name of names)
    await client.putObject({ Bucket: bucket, Key: name, Body: Buffer.from('not ours') })
  client.destroy()
}
