import { validateProvider, type PlaceFactory } from '@backup/core/testing'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

// A real account, for whoever has one: the suite, without the faults that nobody can ask it for.
//
//   BACKUP_LIVE_S3=my-account.ts pnpm exec vitest run --project packages/s3 test/live.test.ts
//
// where my-account.ts exports by default what makes a provider for a place of this name:
//
//   export default (place: string) => s3({ bucket: 'my-tests', region: 'eu-central-1', prefix: place })
//
// It says what it is going to send, and removes what it has put. `off` may be exported too.

const variable = 'BACKUP_LIVE_S3'
const module = process.env[variable]
const missing = module === undefined ? `, NOT RUN: ${variable} names no module that makes providers` : ''
/** This one expects a place that does not exist yet, and is one when a bucket is shared. */
const shared = {
  'opens a place that was created, and refuses one that is not there': 'the bucket is there already',
}

test.skipIf(module === undefined)(
  `a real account keeps the contract${missing}`,
  async () => {
    const { default: make, off = shared } = (await import(pathToFileURL(resolve(module ?? '')).href)) as {
      default: PlaceFactory
      off?: Readonly<Record<string, string>>
    }
    const report = await validateProvider(make, {
      off,
      // With objects that go in parts.
      maxBytesPerTest: 256 * 1024 * 1024,
      onPlan: ({ tests, sentBytes }) => process.stdout.write(`${tests} tests, ${sentBytes} bytes to send\n`),
      onTest: ({ name, outcome, reason = '' }) => process.stdout.write(`${outcome}: ${name} ${reason}\n`),
    })
    expect(report.tests.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(report.leftovers).toEqual([])
    expect(report.passed).toBeGreaterThan(20)
  },
  3_600_000,
)
