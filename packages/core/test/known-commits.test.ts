import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackupError, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { commitPrefix } from '../src/format/names.ts'
import { openRepository } from '../src/repository/repository.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'

/**
 * What a repository knows of commits is what the last listing had, however listings differ: they lack what was just written, have what
 * was brought back by a provider that was away, and answer late.
 */
test('the commits that are known are those of the last listing, whatever the ones before had', async () => {
  const { place, keys } = await someSnapshots(6)
  const all = [...place.objects.keys()].filter((key) => key.startsWith(commitPrefix)).sort()
  const some = fc.subarray(all)
  // What two that ask at the same time are told, how much later the first is answered than the second, and what goes wrong.
  const asked = fc.record({ first: some, second: fc.option(some), firstIsLate: fc.boolean(), broken: fc.option(fc.constantFrom(...all)), away: fc.option(fc.constantFrom(...all)) })
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { maxLength: 6 }), some, async (rounds, last) => {
      const answers: { readonly keys: readonly string[]; readonly after: number }[] = []
      let broken: string | null = null
      let away: string | null = null
      const provider: BackupProvider = {
        ...place,
        async get(key, options) {
          if (key === away) throw new BackupError('transient', 'The line is down.')
          const bytes = await place.get(key, options)
          if (key === broken) bytes[100]! ^= 1
          return bytes
        },
        async *list(prefix, options) {
          const answer = prefix === commitPrefix ? answers.shift() : undefined
          for (let turns = 0; turns < (answer?.after ?? 0); turns++) await Promise.resolve()
          for await (const object of place.list(prefix, options)) if (!answer || answer.keys.includes(object.key)) yield object
        },
      }
      answers.push({ keys: [], after: 0 })
      const repository = await openRepository({ provider, runtime: withoutFiles, keys, stateDirectory: freshMemoryState(), warn: () => {} })
      const known = (): string[] => [...repository.commits.keys()].sort()
      for (const { first, second, firstIsLate, ...wrong } of rounds) {
        ;({ broken, away } = wrong)
        answers.push({ keys: first, after: firstIsLate ? 200 : 0 })
        if (second) answers.push({ keys: second, after: 50 })
        await Promise.allSettled([repository.refresh(), ...(second ? [repository.refresh()] : [])])
        if (!second && !away && !broken) expect(known()).toEqual(namesOf(first))
      }
      broken = away = null
      answers.splice(0, answers.length, { keys: last, after: 0 })
      await repository.refresh()
      expect(known()).toEqual(namesOf(last))
      expect([...repository.damaged.keys()]).toEqual([])
      const heads = new Map([...repository.commits.values()].map(({ writer }) => [writer, 0]))
      for (const { writer, sequence } of repository.commits.values()) heads.set(writer, Math.max(heads.get(writer)!, sequence))
      expect(new Map([...repository.heads].map(([writer, { sequence }]) => [writer, sequence]))).toEqual(heads)
    }),
    { numRuns: 300 },
  )
})

const namesOf = (keys: readonly string[]): string[] => keys.map((key) => key.slice(-64)).sort()

async function someSnapshots(count: number) {
  const place = memoryProvider()
  const keys = [rawKey(new Uint8Array(32).fill(21))]
  const source = memorySource()
  const backup = createBackup({ source, providers: [place], keys: keys[0]!, runtime: withoutFiles, state: freshMemoryState() })
  await backup.init()
  for (let at = 0; at < count; at++) {
    source.streams.set('main', noise(5_000, at))
    await backup.run()
  }
  await backup.close()
  return { place, keys }
}
