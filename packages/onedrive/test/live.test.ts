import { providerSuite, offersNothing, type ProviderFixture } from '@backup/core/testing'
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'vitest'
import { onedrive, type OneDriveOptions } from '../src/index.ts'

/**
 * The suite against a real account. `BACKUP_LIVE_ONEDRIVE` is the path of a module whose default export
 * returns the options of one, in which test folders may be made. What is put into them is removed; the
 * folders stay.
 */
const path = process.env['BACKUP_LIVE_ONEDRIVE'] ?? ''
const why =
  path === '' ? ' (skipped: BACKUP_LIVE_ONEDRIVE names no module that returns the options of an account)' : ''

describe.skipIf(path === '')(`a real account keeps the contract${why}`, () => {
  const without = offersNothing('a real account does not misbehave on demand')
  providerSuite({ describe, test }, fixture, { without, listedObjects: 200, timeoutMs: 600_000 })
})

async function fixture(): Promise<ProviderFixture> {
  const module = (await import(pathToFileURL(path).href)) as {
    default(): Promise<OneDriveOptions> | OneDriveOptions
  }
  const options = await module.default()
  const folder = `${options.folder ?? 'backup'}-test-${randomUUID()}`
  const provider = onedrive({ ...options, folder })
  return {
    provider,
    second: () => onedrive({ ...options, folder }),
    async dispose() {
      for await (const { key } of provider.list('')) await provider.delete(key)
    },
  }
}
