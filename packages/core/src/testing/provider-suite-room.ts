import { fails, holds, patient, same, type ProviderTest } from './provider-suite-place.ts'

// No room is no catastrophe: it is said, nothing half remains, and what is there can be read.

const key = 'packs/0a/0a01'

export const roomTests: readonly ProviderTest[] = [
  {
    name: 'reports a full store as quota and stores nothing',
    covers: [30],
    needs: ['full'],
    async run({ provider, random, inject }) {
      const body = random.bytes(100_000)
      await provider.put('packs/0b/before', body)
      const { happened } = await inject('full')
      await fails('quota', () => provider.put(key, random.bytes(100_000)))
      holds(happened() > 0, 'the store was never full')
      holds((await provider.stat(key)) === undefined, 'an object for which there was no room is there')
      same(await provider.get('packs/0b/before'), body, 'an object that was stored before the store was full')
    },
  },
  {
    name: 'reports as quota that there is no room for the last bytes',
    covers: [30],
    needs: ['full-at-last-chunk'],
    async run({ fixture, provider, random, inject, settles }) {
      const body = random.bytes(3 * (fixture.chunkBytes ?? 100_000) + 7)
      const kept = body.slice()
      const fault = await inject('full-at-last-chunk')
      await fails('quota', () => provider.put(key, body))
      holds(fault.happened() > 0, 'there was room for the last bytes')
      holds((await provider.stat(key)) === undefined, 'an object for which there was no room is there')
      await settles('', [])
      await fault.end()
      same(body, kept, 'the body in the hands of its owner')
      await provider.put(key, body)
      same(await provider.get(key), body, 'an object that was put again when there was room')
    },
  },
  {
    name: 'goes on reading when uploads have to wait until tomorrow',
    covers: [31],
    needs: ['daily-limit'],
    async run({ provider, random, inject, listing }) {
      const body = random.bytes(10_000)
      await provider.put('packs/0b/before', body)
      const fault = await inject('daily-limit')
      const retries: string[] = []
      // `throttled` would close the gate for reads too.
      const one = patient(provider, { onRetry: ({ operation }) => retries.push(operation) })
      await fails('quota', () => one.put(key, random.bytes(10)))
      holds(fault.happened() > 0, 'no upload was refused for today')
      holds(
        retries.length === 0,
        `an upload that has to wait for tomorrow was tried ${retries.length} times more`,
      )
      same(await one.get('packs/0b/before'), body, 'an object read after the daily limit was reached')
      holds((await one.stat(key)) === undefined, 'an object that was refused is there')
      await listing('packs/')
    },
  },
]
