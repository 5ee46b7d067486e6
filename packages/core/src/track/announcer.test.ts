import { describe, expect, test, vi } from 'vitest'
import type { Notifier } from '../contract/notifier.ts'
import type { Alert, BackupEvent } from '../events.ts'
import { announcer } from './announcer.ts'

const alert: Alert = { id: 'a', severity: 'warning', title: 'A', message: 'A.', action: 'Act.', since: 1 }
const clock = (): Date => new Date('2031-04-05T06:07:08.090Z')

function notifier(notify: Notifier['notify'], more: Partial<Notifier> = {}): Notifier {
  return { contract: 1, name: 'bell', notify, ...more }
}
const works = (): Notifier => notifier(async () => {})
const fails = (): Notifier => notifier(() => Promise.reject(new Error('no line')))
const minds = (): Notifier => notifier(() => Promise.reject(new Error('not asked')), { wants: ({ type }) => type === 'run-end' })

function deliver(...notifiers: Notifier[]): { delivered: Promise<boolean>; events: BackupEvent[] } {
  const events: BackupEvent[] = []
  const { deliver: send } = announcer({ operation: 'watch', clock, notifiers, also: (event) => events.push(event) })
  return { delivered: send({ type: 'alert-cleared', alert }), events }
}

describe('something is delivered', () => {
  test.each([
    ['when everybody took it', [works(), works()], true],
    ['when one of two took it', [fails(), works()], true],
    ['when nobody is there', [], true],
    ['when nobody wants to know', [minds()], true],
    ['not when everybody failed', [fails(), fails()], false],
    ['not when those who want to know failed', [minds(), fails()], false],
    ['not when the only one breaks before it begins', [notifier(() => { throw new Error('broken') })], false],
    ['not when it cannot even say what it wants', [notifier(async () => {}, { wants: () => { throw new Error('broken') } })], false],
  ])('%s', async (_, notifiers, expected) => {
    expect(await deliver(...notifiers).delivered).toBe(expected)
  })

  test('not when it takes longer than half a minute', async () => {
    vi.useFakeTimers()
    try {
      const { delivered, events } = deliver(notifier(() => new Promise(() => {})))
      await vi.advanceTimersByTimeAsync(30_000)
      expect(await delivered).toBe(false)
      expect(events.at(-1)).toMatchObject({ type: 'notify-error', notifier: 'bell' })
    } finally {
      vi.useRealTimers()
    }
  })
})

test('who fails is named in an event', async () => {
  const { delivered, events } = deliver(fails(), works())
  await delivered
  expect(events).toMatchObject([{ type: 'alert-cleared', operation: 'watch', alert }, { type: 'notify-error', notifier: 'bell', message: 'no line' }])
})
