import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listingChange } from './listed-before.ts'

const listings = fc.uniqueArray(fc.stringMatching(/^[ab]{1,4}$/)).map((keys) => keys.sort())

test('what came and what went is what sets say', () => {
  fc.assert(
    fc.property(listings, listings, (before, now) => {
      expect(listingChange(before, now)).toEqual({
        added: now.filter((key) => !before.includes(key)),
        removed: before.filter((key) => !now.includes(key)),
      })
    }),
  )
})

test('the same listing has no change', () => {
  expect(listingChange(['a', 'b', 'c'], ['a', 'b', 'c'])).toEqual({ added: [], removed: [] })
})
