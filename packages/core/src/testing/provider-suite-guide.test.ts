import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixtureAbilities, fixtureFaults } from './provider-suite-fixture.ts'
import { themes } from './provider-suite.ts'

describe('the guide', () => {
  const guide = readFileSync(new URL('../../../../docs/write-a-provider.md', import.meta.url), 'utf8')
  const section = (heading: string): string =>
    guide.split(/^## /m).find((text) => text.startsWith(heading)) ?? ''

  test('names the tests that stand for each row', () => {
    const table = [...section('What the suite proves').matchAll(/^\| (\d+) \| .+ \| (.+) \|$/gm)]
    const said = table.map(([, row, names = '']) => [Number(row), names.split('; ').sort()])
    const tests = Object.values(themes).flat()
    const stands = Array.from({ length: 40 }, (_, at) => [
      at + 1,
      tests
        .filter(({ covers = [] }) => covers.includes(at + 1))
        .map(({ name }) => name)
        .sort(),
    ])
    expect(said).toEqual(stands)
  })

  test('explains all faults, and names all abilities', () => {
    const said = [...section('Offer faults').matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(
      ([, name, what]) => [name, what],
    )
    expect(said).toEqual(Object.entries(fixtureFaults))
    for (const ability of Object.keys(fixtureAbilities))
      expect(section('Offer faults')).toMatch(new RegExp(`\`${ability}[\`(]`))
  })
})
