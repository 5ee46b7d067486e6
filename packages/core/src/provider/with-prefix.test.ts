import { describe, expect, test } from 'vitest'
import { commitKey, packKey } from '../format/names.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { memoryJournal } from '../testing/memory-journal.ts'
import { all } from '../testing/provider-suite-place.ts'
import { BackupError } from '../errors.ts'
import { withPrefix } from './with-prefix.ts'

const hash = 'ab'.repeat(32)

async function stage() {
  const place = memoryProvider({ location: 'memory:place' })
  await place.open({ create: true })
  return { place, shop: withPrefix(place, 'shop'), till: withPrefix(place, 'till') }
}

describe('a prefix', () => {
  test('becomes part of the first folder, so that a person can take it off', async () => {
    const { place, shop } = await stage()
    await shop.put(packKey(hash), new Uint8Array(1))
    await shop.put('restore/1/restore.mjs', new Uint8Array(2))
    expect([...place.objects.keys()]).toEqual([`shop.packs/ab/${hash}`, 'shop.restore/1/restore.mjs'])
    expect(shop.location).toBe('memory:place#shop')
  })

  test('keeps repositories of one place apart, and from one without a prefix', async () => {
    const { place, shop, till } = await stage()
    for (const [at, provider] of [shop, till, place].entries())
      await provider.put('packs/0a/x', new Uint8Array(at + 1))
    expect((await shop.get('packs/0a/x')).length).toBe(1)
    expect((await till.stat('packs/0a/x'))?.size).toBe(2)
    await till.delete('packs/0a/x')
    expect(await all(shop.list(''))).toEqual([{ key: 'packs/0a/x', size: 1 }])
    expect(await all(till.list(''))).toEqual([])
    expect(await all(place.list('packs/'))).toEqual([{ key: 'packs/0a/x', size: 3 }])
    const s = withPrefix(place, 's')
    expect(await all(s.list(''))).toEqual([])
  })

  test('of the longest kind leaves room for the longest names', async () => {
    const { place } = await stage()
    const long = withPrefix(place, 'store')
    const commit = commitKey(new Date('2031-12-31T23:59:59.999Z'), hash)
    const reserved = commit.replace('commits', 'sessions')
    expect(commit.length).toBe(93)
    for (const key of [commit, reserved]) {
      await long.put(key, new Uint8Array(3))
      expect((await long.stat(key))?.size).toBe(3)
    }
    expect(Math.max(...[...place.objects.keys()].map(({ length }) => length))).toBe(100)
    expect((await all(long.list(reserved))).map(({ key }) => key)).toEqual([reserved])
    await expect(long.put(`${reserved}0`, new Uint8Array(3))).rejects.toMatchObject({
      kind: 'config',
      key: `${reserved}0`,
    })
    expect(await all(long.list('sessions/'.padEnd(98, 'x').replace('xx', '20/')))).toEqual([])
  })

  test.each(['', 'shop12', '.a', '-a', '_a', 'Shop', 'a.b', 'a/b', 5 as never])('%j is refused', (prefix) => {
    expect(() => withPrefix(memoryProvider(), prefix)).toThrow(
      expect.objectContaining({ kind: 'config', key: 'prefix' }),
    )
  })

  test('is not seen in the keys of errors', async () => {
    const { shop } = await stage()
    const error = await shop.get('packs/0a/none').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      kind: 'not-found',
      key: 'packs/0a/none',
      plugin: 'memory',
      cause: { key: 'shop.packs/0a/none' },
    })
    const throttled = new BackupError('throttled', 'Wait.', {
      key: 'shop.packs/0a/x',
      plugin: 'p',
      retryAfterMs: 5,
      hint: 'Later.',
    })
    const place = { ...memoryProvider(), put: () => Promise.reject(throttled) }
    await expect(withPrefix(place, 'shop').put('packs/0a/x', new Uint8Array())).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 5,
      hint: 'Later.',
      key: 'packs/0a/x',
    })
  })

  test('is passed to all that a provider can do beyond the minimum', async () => {
    const seen: unknown[] = []
    const note =
      <T>(result: T) =>
      async (...call: unknown[]): Promise<T> => {
        seen.push(call)
        return result
      }
    const able = {
      ...memoryProvider(),
      heal: note(true),
      retain: note(undefined),
      warm: note('ready' as const),
      open: note(undefined),
    }
    const shop = withPrefix(able as never, 'shop')
    const until = new Date(0)
    const journal = memoryJournal()
    await shop.open({ journal })
    expect(await shop.heal?.('packs/0a/x')).toBe(true)
    await shop.retain?.('packs/0a/x', until)
    expect(await shop.warm?.('packs/0a/x')).toBe('ready')
    expect(seen).toEqual([
      [{ journal }],
      ['shop.packs/0a/x', undefined],
      ['shop.packs/0a/x', until, undefined],
      ['shop.packs/0a/x', undefined],
    ])
    expect(Object.keys(withPrefix(memoryProvider(), 'shop'))).not.toContain('heal')
  })
})
