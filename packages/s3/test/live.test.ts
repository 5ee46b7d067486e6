import { providerSuite, offersNothing, type ProviderFixture } from '@backup/core/testing'
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'

// A real account, for whoever has one:
//
//   BACKUP_LIVE_S3=/path/to/place.ts pnpm exec vitest run --project packages/s3 test/live.test.ts
//
// where the module exports `options(): S3Options | Promise<S3Options>`. Each test uses a path of its own below
// `prefix` in a bucket that is there, and removes what it has put; a lock would keep that.

const name = 'BACKUP_LIVE_S3'
const module = process.env[name]

test.skipIf(module === undefined)(`a real account, NOT RUN: ${name} names no module that exports its options`, () => {})

describe.runIf(module !== undefined)('a real account keeps the contract', () => {
  providerSuite({ describe, test }, liveFixture, {
    // Requests are paid for.
    listedObjects: 1_100,
    timeoutMs: 600_000,
    without: offersNothing('nobody breaks a real account'),
    off: {
      'opens a place that was created, and refuses one that is not there': 'the bucket of a real account is there',
    },
  })
})

async function liveFixture(): Promise<ProviderFixture> {
  const { options } = (await import(pathToFileURL(module ?? '').href)) as {
    options(): S3Options | Promise<S3Options>
  }
  const given = await options()
  const prefix = [given.prefix ?? '', 'test', randomUUID()].filter((part) => part !== '').join('/')
  const own: S3Options = { ...given, prefix }
  return {
    provider: s3(own),
    second: () => s3(own),
    async dispose() {
      const cleaner = s3(own)
      for await (const { key } of cleaner.list('')) await cleaner.delete(key)
      await cleaner.close?.()
    },
  }
}
