import { type ProviderSuiteToggles, offersNothing } from '@backup/core/testing'

/** What a browser's files do have, and the tests that see it. */
export const toggles: ProviderSuiteToggles = {
  listedObjects: 100,
  modelSteps: 100,
  without: {
    ...offersNothing('between a page and its files there is no wire', ['litter', 'leftovers', 'chunkBytes', 'flipped']),
    full: 'errors.test.ts does it with a browser that gives no more room',
    'full-at-last-chunk': 'errors.test.ts does it with a browser that gives no more room',
    denied: 'errors.test.ts does it with a user who has not allowed it',
  },
  off: {
    'stores nothing of a body that is not what its hash says':
      'the hash is for providers that send bytes over a wire; files are read again by verify',
  },
}
