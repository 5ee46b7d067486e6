import { describe, expect, test } from 'vitest'
import { type Meter, type Progress, createMeter } from './meter.ts'

/** A meter, a clock that stands still until it is turned, and what was reported. */
function metered(): { meter: Meter; reports: Progress[]; last(): Progress; wait(ms: number): void } {
  let now = Date.parse('2031-04-05T06:07:08.090Z')
  const reports: Progress[] = []
  const meter = createMeter(
    (progress) => reports.push(progress),
    () => now,
  )
  return {
    meter,
    reports,
    last: () => reports.at(-1)!,
    wait(ms) {
      now += ms
    },
  }
}

test('what is done and what is moved add up', () => {
  const { meter, last, wait } = metered()
  meter.phase('read', 1000)
  wait(100)
  meter.done(200)
  meter.moved(30)
  wait(100)
  meter.done(100)
  expect(last()).toMatchObject({ phase: 'read', doneBytes: 300, movedBytes: 30, totalBytes: 1000 })
})

test('what the source counts adds up in each phase, with what it expects', () => {
  const { meter, last, wait } = metered()
  meter.phase('read', 1000)
  meter.count('files', 0, 5)
  meter.count('files', 2)
  wait(100)
  meter.count('files', 1, 4)
  expect(last().items).toEqual({ unit: 'files', done: 3, total: 9 })
  meter.count('rows', 7)
  wait(100)
  meter.done(1)
  expect(last().items).toEqual({ unit: 'rows', done: 7 })
  meter.phase('store')
  wait(100)
  meter.done(1)
  expect(last()).not.toHaveProperty('items')
})

test('there are at most ten reports a second, however often something happens', () => {
  const { meter, reports, wait } = metered()
  meter.phase('read', 10_000)
  for (let step = 0; step < 2000; step++) {
    wait(1)
    meter.done(1)
    meter.moved(1)
  }
  expect(reports.length).toBeGreaterThanOrEqual(19)
  expect(reports.length).toBeLessThanOrEqual(21)
})

describe('the rate', () => {
  test('is that of the last seconds, and follows a change', () => {
    const { meter, last, wait } = metered()
    meter.phase('read', 1_000_000)
    const go = (seconds: number, bytesPerSecond: number): void => {
      for (let step = 0; step < seconds * 10; step++) {
        wait(100)
        meter.done(bytesPerSecond / 10)
      }
    }
    go(8, 1000)
    expect(last().bytesPerSecond).toBe(1000)
    go(2.5, 3000)
    expect(last().bytesPerSecond).toBeGreaterThan(1500)
    expect(last().bytesPerSecond).toBeLessThan(2500)
    go(5, 3000)
    expect(last().bytesPerSecond).toBe(3000)
  })

  test('is known also when reports lie further apart than the window is long', () => {
    const { meter, last, wait } = metered()
    meter.phase('store', 100_000)
    for (let step = 0; step < 4; step++) {
      wait(20_000)
      meter.done(10_000)
    }
    expect(last()).toMatchObject({ bytesPerSecond: 500, leftMs: 120_000 })
  })

  test('is 0 as long as there is nothing to measure', () => {
    const { meter, last } = metered()
    meter.phase('read', 100)
    meter.done(50)
    meter.phase('store')
    expect(last()).toMatchObject({ bytesPerSecond: 0, doneBytes: 50 })
    expect(last()).not.toHaveProperty('leftMs')
  })

  test('survives a clock that is set back', () => {
    const { meter, reports, last, wait } = metered()
    meter.phase('read', 100_000)
    for (let step = 0; step < 20; step++) {
      wait(100)
      meter.done(100)
    }
    wait(-3_600_000)
    const before = reports.length
    for (let step = 0; step < 20; step++) {
      wait(100)
      meter.done(200)
    }
    expect(reports.length - before).toBeGreaterThan(15)
    expect(last().bytesPerSecond).toBe(2000)
  })
})

describe('the time left', () => {
  test('is what remains at that rate', () => {
    const { meter, last, wait } = metered()
    meter.phase('fetch', 10_000)
    for (let step = 0; step < 20; step++) {
      wait(100)
      meter.done(100)
    }
    expect(last()).toMatchObject({ bytesPerSecond: 1000, doneBytes: 2000, leftMs: 8000 })
  })

  test('is never negative, when there was more than was expected', () => {
    const { meter, last, wait } = metered()
    meter.phase('fetch', 100)
    wait(1000)
    meter.done(200)
    expect(last()).toMatchObject({ doneBytes: 200, totalBytes: 100, leftMs: 0 })
  })

  test('is not told without a total', () => {
    const { meter, last, wait } = metered()
    meter.phase('read')
    wait(1000)
    meter.done(200)
    expect(last()).not.toHaveProperty('totalBytes')
    expect(last()).not.toHaveProperty('leftMs')
  })

  test('follows a total that grows', () => {
    const { meter, last, wait } = metered()
    meter.phase('read')
    meter.expect(1000)
    wait(1000)
    meter.done(500)
    expect(last()).toMatchObject({ totalBytes: 1000, leftMs: 1000 })
    meter.expect(1000)
    wait(1000)
    meter.done(500)
    expect(last()).toMatchObject({ totalBytes: 2000, leftMs: 2000 })
  })
})

describe('a new phase', () => {
  test('begins at nothing, with its own total; what was moved counts on', () => {
    const { meter, last, wait } = metered()
    meter.phase('read', 1000)
    wait(1000)
    meter.done(1000)
    meter.moved(10)
    meter.phase('store', 50)
    wait(1000)
    meter.done(5)
    expect(last()).toMatchObject({
      phase: 'store',
      doneBytes: 5,
      movedBytes: 10,
      totalBytes: 50,
      bytesPerSecond: 5,
    })
  })

  test('is told only after the end of the one before it', () => {
    const { meter, last, wait } = metered()
    meter.phase('read', 1000)
    wait(10)
    meter.done(1000)
    meter.phase('store')
    expect(last()).toMatchObject({ phase: 'read', doneBytes: 1000, leftMs: 0 })
  })
})
