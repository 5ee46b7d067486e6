import { offersNothing, providerSuite, type ProviderFixture } from '@backup/core/testing'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, test } from 'vitest'

/**
 * The same suite against a real account. `BACKUP_LIVE_GDRIVE` names a module that exports
 * `fixture(): Promise<ProviderFixture>`: a provider for a folder that nobody has used, another one for the same
 * folder, and `dispose()`, which removes the folder.
 */
const path = process.env['BACKUP_LIVE_GDRIVE']
const missing = path === undefined ? ' (off: BACKUP_LIVE_GDRIVE names no module)' : ''

describe.skipIf(path === undefined)(`a real account keeps the contract${missing}`, () => {
  providerSuite({ describe, test }, liveFixture, {
    listedObjects: 50,
    timeoutMs: 900_000,
    without: offersNothing('a real account fails when it likes'),
    off: {
      'holds no more memory for its puts than it says': 'memory.test.ts measures it',
      'shows a second client what the first one did':
        'listings of a real account lag, and other clients have nothing else',
      'agrees with a model after random work by two clients': 'for the same reason',
    },
  })
})

async function liveFixture(): Promise<ProviderFixture> {
  const { fixture } = (await import(pathToFileURL(resolve(path ?? '')).href)) as {
    fixture(): Promise<ProviderFixture>
  }
  return fixture()
}
