import { describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { all } from '../testing/provider-suite-place.ts'
import { withConcurrencyLimit } from './with-concurrency-limit.ts'

/** A provider whose gets wait until they are let go, in any order. */
async function stage(calls: number) {
  const memory = memoryProvider()
  await memory.open({ create: true })
  const started: string[] = []
  const gates = new Map<string, () => void>()
  const held: BackupProvider = {
    ...memory,
    async get(key) {
      started.push(key)
      await new Promise<void>((resolve) => gates.set(key, resolve))
      return memory.get(key)
    },
  }
  const limited = withConcurrencyLimit(held, calls)
  for (const n of [1, 2, 3, 4]) await limited.put(`packs/00/${n}`, new Uint8Array(n))
  const open = async (n: number): Promise<void> => {
    gates.get(`packs/00/${n}`)?.()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { limited, started, open, names: () => started.map((key) => key.slice(9)).join('') }
}

describe('a limit on concurrency', () => {
  test('lets so many calls under way, and the others in the order they came', async () => {
    const { limited, names, open } = await stage(2)
    const gets = [1, 2, 3, 4].map((n) => limited.get(`packs/00/${n}`))
    await open(0)
    expect(names()).toBe('12')
    await open(2)
    expect(names()).toBe('123')
    await open(1)
    expect(names()).toBe('1234')
    await open(3)
    await open(4)
    expect((await Promise.all(gets)).map(({ length }) => length)).toEqual([1, 2, 3, 4])
  })

  test('gives the place of a call that failed to the next', async () => {
    const { limited } = await stage(1)
    for (let time = 0; time < 5; time++)
      await expect(limited.delete('NOT A KEY')).rejects.toMatchObject({ kind: 'config' })
    expect((await limited.stat('packs/00/1'))?.size).toBe(1)
  })

  test('lets go of who no longer waits, and starts nothing for them', async () => {
    const { limited, names, open } = await stage(1)
    const first = limited.get('packs/00/1')
    const stop = new AbortController()
    const second = limited.get('packs/00/2', { signal: stop.signal })
    const third = limited.get('packs/00/3')
    stop.abort()
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' })
    await open(1)
    expect(names()).toBe('13')
    await open(3)
    await Promise.all([first, third])
    await expect(limited.stat('packs/00/1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'cancelled',
    })
  })

  test('is not held by a listing whose reader does other things', async () => {
    const { limited } = await stage(1)
    const seen: number[] = []
    for await (const { key } of limited.list('')) seen.push((await limited.stat(key))?.size ?? 0)
    expect(seen).toEqual([1, 2, 3, 4])
    expect((await all(limited.list('packs/'))).length).toBe(4)
  })

  test('is what the engine is told, unless the provider takes less', () => {
    expect(withConcurrencyLimit(memoryProvider(), 2).capabilities).toMatchObject({
      concurrency: 2,
      nearby: true,
    })
    expect(withConcurrencyLimit(memoryProvider(), 20).capabilities?.concurrency).toBe(4)
  })

  test.each([0, -1, 1.5, Number.NaN, '2' as never])('%j is refused', (calls) => {
    expect(() => withConcurrencyLimit(memoryProvider(), calls)).toThrow(
      expect.objectContaining({ kind: 'config', key: 'calls' }),
    )
  })
})
