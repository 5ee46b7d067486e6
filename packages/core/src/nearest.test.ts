import { expect, test } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

const words = ['every', 'cron', 'daily', 'weekly', 'adaptive', 'zone', 'jitter']

test.each([
  ['evry', 'every'],
  ['Every', 'every'],
  ['dialy', 'daily'],
  ['weakly', 'weekly'],
  ['timezone', undefined],
  ['jiter', 'jitter'],
  ['adaptiv', 'adaptive'],
  ['zoen', 'zone'],
  ['', undefined],
  ['x', undefined],
  ['retention', undefined],
])('%o is taken for %o', (word, meant) => {
  expect(nearest(word, words)).toBe(meant)
})

test('where nothing is near, nothing is proposed', () => {
  expect(didYouMean('crn', words)).toBe(' Did you mean "cron"?')
  expect(didYouMean('providers', words)).toBe('')
})
