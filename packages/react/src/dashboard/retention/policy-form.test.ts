import { expect, test } from 'vitest'
import { type Counts, rulesOf } from './policy-form.tsx'

const none: Counts = { last: '', hourly: '', daily: '', weekly: '', monthly: '', yearly: '' }

test('counts become rules, and what is empty or no number keeps nothing', () => {
  expect(rulesOf('custom', { ...none, last: '3', daily: '30', weekly: '0', monthly: '-2', yearly: 'x' })).toEqual({ last: 3, daily: { count: 30 } })
  expect(rulesOf('custom', none)).toBeUndefined()
})

test('the preset is told by its name', () => {
  expect(rulesOf('fifteenYears', none)).toEqual({ preset: 'fifteenYears' })
})
