import { maxKeyLength } from '../provider/check-key.ts'
import { fails, holds, same, type ProviderTest } from './provider-suite-place.ts'

const oddKeys = [
  'a/b/c',
  '0/0/0',
  'packs/0a/a..b',
  'packs/0a/a.',
  'packs/0a/a-_-',
  'packs/0a/a._.-z',
  'restore/1/restore.mjs',
  'commits/203112/31t235959999z-0a',
  `longest/key/${'k'.repeat(maxKeyLength - 12)}`,
]

const illegalKeys = [
  '',
  'packs',
  'packs/0a',
  'packs/0a/',
  '/packs/0a/x',
  'packs/0A/x',
  'packs/0a/../x',
  '../0a/x',
  'a/b/c/d',
  'packs/0a/x y',
  `a/b/${'c'.repeat(97)}`,
]

export const keyTests: readonly ProviderTest[] = [
  {
    name: 'opens a place that was created, and refuses one that is not there',
    created: false,
    async run({ fixture, provider }) {
      const early = await fixture.second()
      await fails('target-missing', () => early.open({}))
      await fails('target-missing', () => provider.open({}))
      await provider.open({ create: true })
      const late = await fixture.second()
      await late.open({})
      await late.open({ create: true })
      await late.put('packs/0a/late', new Uint8Array([7]))
      same(await provider.get('packs/0a/late'), new Uint8Array([7]), 'what a second client put')
      for (const client of [early, late]) await client.close?.()
    },
  },
  {
    name: 'takes the oddest keys that the rule allows',
    covers: [26],
    async run({ provider, settles }) {
      for (const [at, odd] of oddKeys.entries()) await provider.put(odd, new Uint8Array([at]))
      for (const [at, odd] of oddKeys.entries()) same(await provider.get(odd), new Uint8Array([at]), odd)
      await settles('', oddKeys)
    },
  },
  {
    name: 'refuses keys and prefixes that break the rule',
    covers: [26],
    async run({ provider, refuses, settles }) {
      const notSent = { arrives: false }
      for (const illegal of illegalKeys) {
        await refuses('config', () => provider.put(illegal, new Uint8Array([1])), notSent)
        await refuses('config', () => provider.get(illegal), notSent)
        await refuses('config', () => provider.stat(illegal), notSent)
        await refuses('config', () => provider.delete(illegal), notSent)
      }
      for (const illegal of ['/', '../', 'packs//', 'PACKS/', 'packs/0a/x/']) {
        await refuses('config', async () => provider.list(illegal)[Symbol.asyncIterator]().next(), notSent)
      }
      await settles('', [])
    },
  },
  {
    name: 'tells its usage in whole bytes, or not at all',
    async run({ provider }) {
      const usage = (await provider.usage?.()) ?? {}
      for (const [what, bytes] of Object.entries(usage)) {
        holds(Number.isSafeInteger(bytes) && bytes >= 0, `usage tells ${what} = ${bytes}`)
      }
    },
  },
]
