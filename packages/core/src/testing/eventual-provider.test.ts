import { describe, expect, test } from 'vitest'
import { eventualProvider } from './eventual-provider.ts'
import { fakeClock } from './fake-clock.ts'
import { memoryProvider } from './memory-provider.ts'
import { all } from './provider-suite-place.ts'
import { offersNothing, providerSuite } from './provider-suite.ts'

describe('the eventually consistent provider keeps the contract', () => {
  providerSuite(
    { describe, test },
    () => {
      const clock = fakeClock()
      const provider = eventualProvider(memoryProvider(), { seed: 7, lagMs: 5_000, clock })
      return { provider, second: () => provider, pass: clock.advance }
    },
    {
      off: {
        'holds no more memory for its puts than it says': 'memory is its store',
        'stores nothing of a body that is not what its hash says': 'a map computes no hashes',
      },
      without: offersNothing('the provider inside answers for that'),
    },
  )
})

describe('the eventually consistent provider', () => {
  const lagMs = 1_000

  async function stage(seed: number) {
    const clock = fakeClock()
    const provider = eventualProvider(memoryProvider(), { seed, lagMs, clock })
    await provider.open({ create: true })
    const seen = async (): Promise<number> => (await all(provider.list(''))).length
    return { clock, provider, seen }
  }

  test('shows a new object in some listings and hides it in others, until the lag is over', async () => {
    const { clock, provider, seen } = await stage(2)
    await provider.put('packs/00/a', new Uint8Array(1))
    expect(await seen()).toBe(0)
    expect((await provider.stat('packs/00/a'))?.size).toBe(1)

    const between: number[] = []
    for (let step = 0; step < 40; step++) {
      await clock.advance(lagMs / 50)
      between.push(await seen())
    }
    expect(new Set(between)).toEqual(new Set([0, 1]))
    const cameAndWent = between.findIndex((count, at) => count === 0 && between[at - 1] === 1)
    expect(cameAndWent).toBeGreaterThan(0)

    await clock.advance(lagMs)
    for (let time = 0; time < 20; time++) expect(await seen()).toBe(1)
  })

  test('goes on to show a deleted object for a while', async () => {
    const { clock, provider, seen } = await stage(4)
    await provider.put('packs/00/a', new Uint8Array(1))
    await clock.advance(lagMs)
    await provider.delete('packs/00/a')
    expect(await seen()).toBe(1)
    await expect(provider.get('packs/00/a')).rejects.toMatchObject({ kind: 'not-found' })
    await clock.advance(lagMs)
    for (let time = 0; time < 20; time++) expect(await seen()).toBe(0)
  })

  test('does the same for the same seed', async () => {
    const play = async (seed: number): Promise<number[]> => {
      const { clock, provider, seen } = await stage(seed)
      const counts: number[] = []
      for (let at = 0; at < 20; at++) {
        await provider.put(`packs/00/${at}`, new Uint8Array(1))
        await clock.advance(100)
        counts.push(await seen())
      }
      return counts
    }
    expect(await play(5)).toEqual(await play(5))
    expect(await play(5)).not.toEqual(await play(6))
  })
})
