import { describe, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { createMemoryState, portableRuntime } from '../portable/runtime.ts'
import { memoryProvider, type MemoryStore } from '../testing/memory-provider.ts'
import { offersNothing, providerSuite } from '../testing/provider-suite.ts'
import { openOutbox } from './outbox.ts'
import { replica } from './replica.ts'
import { replicated } from './replicated.ts'

const { crypto } = portableRuntime

/** Two places as one, each of which must have what is stored. */
async function together(stores: readonly MemoryStore[]): Promise<BackupProvider> {
  const replicas = stores.map((store, at) =>
    replica(memoryProvider({ store }), `0${at}`, () => performance.now(), 5),
  )
  const outbox = await openOutbox(createMemoryState(), 1e9)
  return replicated({ replicas, required: stores.length, outbox, crypto, warn: () => {}, graceMs: 100 })
}

describe('two places as one keep the contract', () => {
  const inside =
    'the providers inside answer for that, and replicated.test.ts for what happens when one fails'
  providerSuite(
    { describe, test },
    async () => {
      const stores: MemoryStore[] = [1, 2].map(() => ({ objects: new Map(), created: false }))
      return { provider: await together(stores), second: () => together(stores) }
    },
    {
      listedObjects: 1_000,
      off: {
        'holds no more memory for its puts than it says': 'memory is its store',
        'shows a second client what the first one did':
          'a stat right after a put is answered from memory, once',
        'stores nothing of a body that is not what its hash says': inside,
      },
      without: offersNothing(inside),
    },
  )
})
