import { holds } from './provider-suite-place.ts'
import type { SourceTest } from './source-suite-place.ts'

export const restoreTests: readonly SourceTest[] = [
  {
    name: 'brings back at a new place what it handed out, and says where',
    async run({ fixture, take, restore, fill, lies }) {
      const { streams, proof } = await take()
      const to = await fixture.freshPlace()
      const sink = await restore(to, { proof })
      await fill(sink, streams)
      const { place } = await sink.commit()
      await lies(to, streams, 'after a restore')
      await lies(place, streams, 'under the name that a restore gave')
    },
  },
  {
    name: 'shows nothing at the place before it is complete',
    async run({ fixture, take, restore, fill, lies }) {
      const { streams, proof } = await take()
      const to = await fixture.freshPlace()
      const sink = await restore(to, { proof })
      await lies(to, undefined, 'before anything was written')
      await fill(sink, streams)
      await lies(to, undefined, 'before commit')
      await sink.commit()
      await lies(to, streams, 'after commit')
    },
  },
  {
    name: 'refuses a place where something is',
    async run({ fixture, take, restore, fill, refuses, lies, withoutTrace }) {
      const [old, to] = [await take(), await fixture.freshPlace()]
      const sink = await restore(to, { proof: old.proof })
      await fill(sink, old.streams)
      await sink.commit()
      await fixture.change()
      const { streams, proof } = await take()
      await withoutTrace(() =>
        refuses('exists', async () => {
          const another = await restore(to, { proof })
          try {
            await fill(another, streams)
            await another.commit()
          } catch (error) {
            await another.abort()
            throw error
          }
        }),
      )
      await lies(to, old.streams, 'after a restore was refused')
    },
  },
  {
    name: 'refuses a place to which something came in the meantime',
    async run({ fixture, take, restore, fill, refuses, lies }) {
      const [old, to] = [await take(), await fixture.freshPlace()]
      await fixture.change()
      const { streams, proof } = await take()
      const slow = await restore(to, { proof })
      const quick = await restore(to, { proof: old.proof })
      await fill(slow, streams)
      await fill(quick, old.streams)
      await quick.commit()
      await refuses('exists', () => slow.commit())
      await slow.abort()
      await lies(to, old.streams, 'after the slower of two restores')
    },
  },
  {
    name: 'replaces what is there, all or nothing, when it is told to',
    async run({ fixture, take, restore, fill, lies }) {
      const [old, to] = [await take(), await fixture.freshPlace()]
      const first = await restore(to, { proof: old.proof })
      await fill(first, old.streams)
      await first.commit()
      await fixture.change()
      const { streams, proof } = await take()
      const sink = await restore(to, { proof, overwrite: true })
      await fill(sink, streams)
      await lies(to, old.streams, 'before commit')
      await sink.commit()
      await lies(to, streams, 'after commit')
    },
  },
  {
    name: 'leaves no trace of what is given up',
    async run({ fixture, take, restore, fill, lies, withoutTrace }) {
      const { streams, proof } = await take()
      const to = await fixture.freshPlace()
      await withoutTrace(async () => {
        await (await restore(to, { proof })).abort()
        const filled = await restore(to, { proof })
        await fill(filled, streams)
        await filled.abort()
        const [begun, [name, bytes] = ['', new Uint8Array(0)]] = [await restore(to, { proof }), Object.entries(streams)[0]]
        const first = begun.select?.(Object.keys(streams))[0] ?? name
        await begun.open({ name: first, size: streams[first]?.length ?? bytes.length })
        await begun.abort()
      })
      await lies(to, undefined, 'after restores were given up')
    },
  },
  {
    name: 'leaves what is there as it was when a replacement is given up',
    async run({ fixture, take, restore, fill, lies, withoutTrace }) {
      const [old, to] = [await take(), await fixture.freshPlace()]
      const first = await restore(to, { proof: old.proof })
      await fill(first, old.streams)
      await first.commit()
      await fixture.change()
      const { streams, proof } = await take()
      await withoutTrace(async () => {
        const sink = await restore(to, { proof, overwrite: true })
        await fill(sink, streams)
        await sink.abort()
      })
      await lies(to, old.streams, 'after a replacement was given up')
    },
  },
  {
    name: 'prepares nothing when the signal fired before',
    async run({ fixture, restore, refuses, withoutTrace }) {
      const to = await fixture.freshPlace()
      await withoutTrace(() => refuses('cancelled', () => restore(to, { signal: AbortSignal.abort() })))
    },
  },
  {
    name: 'knows how much room it needs, if it says so',
    async run({ fixture, restore }) {
      const sink = await restore(await fixture.freshPlace())
      try {
        const space = await sink.space?.(1_000_000)
        holds(space === undefined || space.neededBytes >= 1_000_000, `it needs ${space?.neededBytes} bytes for 1,000,000`)
        holds(space?.freeBytes === undefined || space.freeBytes >= 0, `it says that ${space?.freeBytes} bytes are free`)
      } finally {
        await sink.abort()
      }
    },
  },
]
