import { onTheWire } from '@backup-internal/fakes/wire'
import { providerSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { fixture, sharedDrive } from './fixture.ts'

/** The fake keeps in this process what it is sent: chunks, and what they make. memory.test.ts measures without. */
const heldBytesPerPut = 32 * 1024 * 1024 + 2 * 33 * 1024 * 1024

describe('a folder of My Drive keeps the contract', () => {
  providerSuite({ describe, test }, () => fixture({}), {
    timeoutMs: 300_000,
    heldBytesPerPut,
    // Spread over 512 folders, each of which is listed for every prefix. Pages have a test in place.test.ts.
    listedObjects: 600,
  })
})

describe('a folder of a shared drive keeps the contract', () => {
  const slow = {
    'lists every one of many objects exactly once, under every prefix': 'My Drive does it above',
    ...onTheWire('My Drive does it above'),
  }
  providerSuite({ describe, test }, () => fixture({ sharedDrive }), { off: slow, timeoutMs: 300_000 })
})
