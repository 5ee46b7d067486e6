import { checkPlugin } from '../contract/version.ts'
import { holds } from './provider-suite-place.ts'
import { differ, sameStreams, type SourceTest, unlessRefused } from './source-suite-place.ts'

export const viewTests: readonly SourceTest[] = [
  {
    name: 'is a plugin with a name and a label',
    async run({ fixture: { source } }) {
      checkPlugin(source, 'source')
      holds(/^[a-z][a-z0-9-]*$/.test(source.name), `its name "${source.name}" is not lower case`)
      holds(source.label.trim() !== '', 'it has no label')
    },
  },
  {
    name: 'hands out streams of the form they say, with names of their own',
    async run({ take }) {
      const { streams } = await take()
      holds(Object.keys(streams).length > 0, 'it hands out no stream; the suite needs some data')
      holds(Object.values(streams).some(({ length }) => length > 0), 'all its streams are empty; the suite needs some data')
    },
  },
  {
    name: 'hands out the same again as long as nothing changes',
    async run({ take }) {
      const { streams } = await take()
      sameStreams((await take()).streams, streams, 'the second snapshot')
    },
  },
  {
    name: 'hands out a change in the next snapshot',
    async run({ fixture, take }) {
      const { streams } = await take()
      await fixture.change()
      holds(differ((await take()).streams, streams), 'what changed is not in the next snapshot')
    },
  },
  {
    name: 'keeps its view while the data changes, or does not call it complete',
    async run({ fixture, take }) {
      const { streams } = await take()
      const during = await unlessRefused(take({ halfway: () => fixture.change() }), ['source', 'busy'])
      holds(differ((await take()).streams, streams), 'the change never arrived, so this proves nothing')
      if (during?.proof.complete === true) sameStreams(during.streams, streams, 'a snapshot during which the data changed')
    },
  },
  {
    name: 'calls complete what was read to its end',
    async run({ take }) {
      const { proof } = await take()
      holds(proof.complete === true, 'it does not say complete: true')
      holds(JSON.stringify(JSON.parse(JSON.stringify(proof))) === JSON.stringify(proof), 'its proof is not plain data')
      const odd = Object.entries(proof).filter(([, fact]) => fact !== null && !['string', 'number', 'boolean'].includes(typeof fact))
      holds(odd.length === 0, `its proof has facts that are no text, number or boolean: ${odd.map(([name]) => name).join(', ')}`)
    },
  },
  {
    name: 'does not call complete what was not read',
    async run({ open }) {
      const snapshot = await open()
      try {
        const proof = await unlessRefused(snapshot.finish(), ['source'])
        holds(proof?.complete !== true, 'it calls complete what nobody has read')
      } finally {
        await snapshot.close()
      }
    },
  },
  {
    name: 'can be closed at any moment, and opened again',
    async run({ open, take, withoutTrace }) {
      const { streams } = await take()
      await withoutTrace(async () => {
        await (await open()).close()
        const begun = await open()
        for await (const { content } of begun.streams()) {
          if (content.kind === 'bytes') for await (const _ of content.read()) break
          if (content.kind === 'spliced') for await (const _ of content.parts()) break
          if (content.kind === 'changed') for await (const _ of content.batches()) break
          break
        }
        await begun.close()
        sameStreams((await take()).streams, streams, 'a snapshot after others were given up')
      })
    },
  },
  {
    name: 'opens nothing when the signal fired before',
    async run({ open, refuses, withoutTrace }) {
      await withoutTrace(() => refuses('cancelled', () => open({ signal: AbortSignal.abort() })))
    },
  },
  {
    name: 'does not complete what is cancelled on the way',
    async run({ refuses, take, withoutTrace }) {
      await withoutTrace(async () => {
        const controller = new AbortController()
        await refuses('cancelled', () => take({ signal: controller.signal, halfway: () => controller.abort() }))
      })
    },
  },
]
