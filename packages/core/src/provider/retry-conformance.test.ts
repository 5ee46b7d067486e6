import { describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { faultyProvider, type FaultyProvider } from '../testing/faulty-provider.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { offersNothing, providerSuite } from '../testing/provider-suite.ts'
import { withRetry } from './with-retry.ts'

describe('through a store that fails thirty times in a hundred calls, a patient provider keeps the contract', () => {
  const inside = 'the provider inside answers for that'
  const made: FaultyProvider[] = []

  providerSuite(
    { describe, test },
    () => {
      const memory = memoryProvider()
      const inner = faultyProvider(memory, { seed: made.length, rate: 0.3 })
      made.push(inner)
      const patient = (provider: BackupProvider) =>
        withRetry(provider, { attempts: 40, firstDelayMs: 0.01, maxDelayMs: 0.01 })
      return { provider: patient(inner), second: () => patient(memoryProvider({ store: memory.store })) }
    },
    {
      listedObjects: 500,
      off: {
        'holds no more memory for its puts than it says': 'memory is its store',
        'stores nothing of a body that is not what its hash says': inside,
      },
      without: offersNothing(inside),
    },
  )

  test('and the store did fail', () => {
    const calls = made.flatMap((provider) => provider.calls)
    const failed = calls.filter(({ fault }) => fault !== undefined)
    expect(calls.length).toBeGreaterThan(1_500)
    expect(failed.length / calls.length).toBeGreaterThan(0.2)
    expect(new Set(failed.map(({ method, fault }) => `${method} ${fault}`))).toEqual(
      new Set([
        'put error',
        'put lost-reply',
        'get error',
        'stat error',
        'list error',
        'list cut',
        'delete error',
        'delete lost-reply',
      ]),
    )
  })
})
