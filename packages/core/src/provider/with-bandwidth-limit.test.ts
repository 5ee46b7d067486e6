import { describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { withBandwidthLimit, type BandwidthLimit } from './with-bandwidth-limit.ts'
import { withRetry } from './with-retry.ts'

const megabyte = new Uint8Array(1_000_000)

async function stage(
  limit: BandwidthLimit,
): Promise<{ clock: FakeClock; limited: BackupProvider; at: () => number }> {
  const clock = fakeClock()
  const limited = withBandwidthLimit(memoryProvider(), { ...limit, timers: clock })
  await limited.open({ create: true })
  const start = clock.now()
  return { clock, limited, at: () => clock.now() - start }
}

describe('a bandwidth limit', () => {
  test('lets a put through at once, and the next one when the line had its time', async () => {
    const { clock, limited, at } = await stage({ uploadBytesPerSecond: 100_000 })
    const ends: number[] = []
    const puts = [1, 2, 3].map((n) => limited.put(`packs/00/${n}`, megabyte).then(() => ends.push(at())))
    await clock.settle(Promise.all(puts))
    expect(ends).toEqual([0, 10_000, 20_000])
  })

  test('counts what was got, known before or not', async () => {
    const { clock, limited, at } = await stage({ downloadBytesPerSecond: 100_000 })
    await limited.put('packs/00/a', megabyte)
    await clock.settle(limited.get('packs/00/a'))
    await clock.settle(limited.get('packs/00/a', { range: { offset: 0, length: 50_000 } }))
    expect(at()).toBe(10_000)
    await clock.settle(limited.get('packs/00/a', { range: { offset: 0, length: 1 } }))
    expect(at()).toBe(10_500)
  })

  test('does not save up for later what was not used', async () => {
    const { clock, limited, at } = await stage({ uploadBytesPerSecond: 100_000 })
    await limited.put('packs/00/a', megabyte)
    await clock.advance(1_000_000)
    await limited.put('packs/00/b', megabyte)
    await clock.settle(limited.put('packs/00/c', megabyte))
    expect(at()).toBe(1_010_000)
  })

  test('holds back nothing else, and not the other direction', async () => {
    const { limited } = await stage({ uploadBytesPerSecond: 1 })
    await limited.put('packs/00/a', megabyte)
    expect((await limited.get('packs/00/a')).length).toBe(1_000_000)
    expect((await limited.stat('packs/00/a'))?.size).toBe(1_000_000)
    await limited.delete('packs/00/a')
  })

  test('charges nothing for a put that was cancelled while it waited', async () => {
    const { clock, limited, at } = await stage({ uploadBytesPerSecond: 100_000 })
    await limited.put('packs/00/a', megabyte)
    const stop = new AbortController()
    const given = limited.put('packs/00/b', megabyte, { signal: stop.signal })
    await clock.advance(2_000)
    stop.abort()
    await expect(given).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await limited.stat('packs/00/b')).toBeUndefined()
    await clock.settle(limited.put('packs/00/c', megabyte))
    expect(at()).toBe(10_000)
  })

  test('is not taken for a standstill by what has patience above it', async () => {
    const { clock, limited, at } = await stage({ uploadBytesPerSecond: 1_000 })
    const retries: unknown[] = []
    const patient = withRetry(limited, {
      timers: clock,
      idleMs: 60_000,
      onRetry: (event) => retries.push(event),
      budgetMs: 1e8,
    })
    await clock.settle(patient.put('packs/00/a', megabyte))
    await clock.settle(patient.put('packs/00/b', new Uint8Array(1)))
    expect(at()).toBe(1_000_000)
    expect(retries).toEqual([])
  })

  test('lowers the concurrency to what it can feed', () => {
    const of = (limit: BandwidthLimit) =>
      withBandwidthLimit(memoryProvider(), limit).capabilities?.concurrency
    expect(of({ uploadBytesPerSecond: 10_000 })).toBe(1)
    expect(of({ downloadBytesPerSecond: 140_000 })).toBe(2)
    expect(of({ uploadBytesPerSecond: 10_000_000 })).toBe(4)
    expect(of({})).toBe(4)
  })

  test.each([0, -1, Number.NaN, '5' as never])('%j is refused', (uploadBytesPerSecond) => {
    const wrong = expect.objectContaining({ kind: 'config', key: 'uploadBytesPerSecond' })
    expect(() => withBandwidthLimit(memoryProvider(), { uploadBytesPerSecond })).toThrow(wrong)
  })
})
