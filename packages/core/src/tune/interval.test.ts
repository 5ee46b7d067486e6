import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type IntervalLimits, type RunFact, chooseInterval } from './interval.ts'

const minute = 60_000
const hour = 60 * minute
const limits: IntervalLimits = { minMs: 5 * minute, maxMs: 6 * hour, busy: 0.1, lossBytes: Infinity }
const run = (durationMs: number, changedBytes = 1_000, sinceMs = hour): RunFact => ({ durationMs, changedBytes, sinceMs })

describe('without a target for losses', () => {
  test.each([
    ['nothing is known', [], 5 * minute, 'nothing has been measured yet'],
    ['runs are short', [run(100)], 5 * minute, 'something changes from run to run'],
    ['runs take long', [run(2 * minute)], 20 * minute, 'runs may take 10 % of the time'],
    ['one run of many took long', [run(100), run(100), run(hour)], 5 * minute, 'something changes from run to run'],
    ['runs take longer than they may', [run(2 * hour)], 6 * hour, 'runs take long, and it is never less often than this'],
    ['the last run found nothing', [run(100), run(100, 0)], 10 * minute, 'the last run found nothing new'],
    ['three found nothing', [run(100), run(100, 0), run(100, 0), run(100, 0)], 40 * minute, 'the last 3 runs found nothing new'],
    ['something changes again', [run(100, 0), run(100, 0), run(100)], 5 * minute, 'something changes from run to run'],
    ['nobody knows what changes', [{ durationMs: 100 }, { durationMs: 100 }], 5 * minute, 'something changes from run to run'],
  ])('%s', (_, facts, intervalMs, reason) => {
    expect(chooseInterval(limits, facts)).toEqual({ intervalMs, reason })
  })
})

describe('with a target for losses', () => {
  const target = { ...limits, lossBytes: 1_000_000 }

  test('runs come before so much has changed, judged by the fastest of late', () => {
    expect(chooseInterval(target, [run(100, 2_000_000), run(100, 500_000)])).toEqual({
      intervalMs: 30 * minute, reason: '2,000,000 bytes change in an hour',
    })
  })

  test('and no oftener than their cost allows', () => {
    expect(chooseInterval(target, [run(5 * minute, 20_000_000)]).intervalMs).toBe(50 * minute)
    expect(chooseInterval(target, [run(100, 200_000_000)]).intervalMs).toBe(5 * minute)
  })

  test('where nothing changes, they come as seldom as they may', () => {
    expect(chooseInterval(target, [run(100, 0)])).toEqual({ intervalMs: 6 * hour, reason: 'nothing changes' })
  })
})

test('an interval keeps its limits, and the part of the time runs may take, whatever was measured', () => {
  const fact = fc.record({
    durationMs: fc.nat(48 * hour),
    changedBytes: fc.option(fc.nat(), { nil: undefined }),
    sinceMs: fc.option(fc.nat(48 * hour), { nil: undefined }),
  }).map((made) => JSON.parse(JSON.stringify(made)) as RunFact)
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 8 }), fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }), (facts, lossBytes = Infinity) => {
      const { intervalMs } = chooseInterval({ ...limits, lossBytes }, facts)
      expect(intervalMs).toBeGreaterThanOrEqual(limits.minMs)
      expect(intervalMs).toBeLessThanOrEqual(limits.maxMs)
      const lengths = facts.slice(-5).map(({ durationMs }) => durationMs).sort((a, b) => a - b)
      const typical = lengths[Math.floor(lengths.length / 2)] ?? 0
      expect(intervalMs).toBeGreaterThanOrEqual(Math.min(limits.maxMs, Math.floor(typical / limits.busy)))
    }),
    { numRuns: 500, seed: 23 },
  )
})
