import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryState } from '../portable/runtime.ts'
import { readAlerts, writeAlerts } from './alert-state.ts'
import { type AlertState, type AlertStep, standing, stepAlerts, untold } from './alerts.ts'
import { type HealthReason, dayMs, hourMs, minuteMs } from './reason.ts'

const begin = Date.UTC(2031, 0, 1)

function reason(id: string, more: Partial<HealthReason> = {}): HealthReason {
  return { id, severity: 'warning', title: `Title of ${id}`, message: `Message of ${id}.`, action: 'Act.', ...more }
}

/** Steps one after the other, and what each of them tells. */
function watcher(): { at(minutes: number, ...reasons: HealthReason[]): string[]; state(): AlertState; last(): AlertStep } {
  let state: AlertState = new Map()
  let last: AlertStep
  return {
    at(minutes, ...reasons) {
      last = stepAlerts(state, reasons, new Date(begin + minutes * minuteMs))
      state = last.state
      return toldBy(last)
    },
    state: () => state,
    last: () => last,
  }
}

function toldBy({ raised, reminders, cleared }: AlertStep): string[] {
  return [...raised.map(({ id }) => `raised ${id}`), ...reminders.map(({ id }) => `reminder ${id}`), ...cleared.map(({ id }) => `cleared ${id}`)]
}

const hours = 60
const days = 24 * hours

describe('an alert', () => {
  test('is raised once, and cleared once', () => {
    const { at } = watcher()
    expect(at(0, reason('a'))).toEqual(['raised a'])
    expect(at(5, reason('a'))).toEqual([])
    expect(at(10)).toEqual(['cleared a'])
    expect(at(15)).toEqual([])
    expect(at(20, reason('a'))).toEqual(['raised a'])
  })

  test('is reminded of after a day when it is critical, after a week when it is a warning', () => {
    const { at } = watcher()
    const reasons = [reason('w'), reason('c', { severity: 'critical' })]
    at(0, ...reasons)
    expect(at(days - 1, ...reasons)).toEqual([])
    expect(at(days, ...reasons)).toEqual(['reminder c'])
    expect(at(days + 5, ...reasons)).toEqual([])
    expect(at(7 * days, ...reasons)).toEqual(['reminder w', 'reminder c'])
  })

  test('is raised again when it gets worse, and not when it gets better and worse by turns', () => {
    const { at } = watcher()
    const critical = reason('a', { severity: 'critical' })
    at(0, reason('a'))
    expect(at(5, critical)).toEqual(['raised a'])
    expect(at(10, reason('a'))).toEqual([])
    expect(at(15, critical)).toEqual([])
    // A week as a warning, and it was told so: then it is news again.
    expect(at(7 * days + 5, reason('a'))).toEqual(['reminder a'])
    expect(at(7 * days + 10, critical)).toEqual(['raised a'])
  })

  test('with patience is told only when it has lasted, and what passes by is not told at all', () => {
    const { at } = watcher()
    const away = reason('away', { patienceMs: 10 * minuteMs })
    expect([at(0, away), at(9, away), at(9.5)].flat()).toEqual([])
    expect([at(20, away), at(25, away)].flat()).toEqual([])
    expect(at(30, away)).toEqual(['raised away'])
  })

  test('that flaps is not cleared before it has been gone for a while', () => {
    const { at } = watcher()
    const away = reason('away', { calmMs: 10 * minuteMs })
    at(0, away)
    const flapping = [at(5), at(10, away), at(15), at(24), at(24.5, away), at(30)]
    expect(flapping.flat()).toEqual([])
    expect(at(40)).toEqual(['cleared away'])
  })

  test('says since when: what the reason knows, otherwise when it was first seen', () => {
    const { at, last } = watcher()
    at(0, reason('a', { patienceMs: 5 * minuteMs }), reason('b', { since: new Date(1234) }))
    expect(last().raised).toMatchObject([{ id: 'b', since: 1234 }])
    at(5, reason('a', { patienceMs: 5 * minuteMs }))
    expect(last().raised).toMatchObject([{ id: 'a', since: begin }])
  })
})

describe('what follows from something else', () => {
  const away = reason('away', { severity: 'critical', patienceMs: 10 * minuteMs, calmMs: 10 * minuteMs })
  const failing = reason('failing', { because: 'away' })
  const late = reason('late', { because: 'away' })

  test('is told as a part of that: one alert for one cause', () => {
    const { at, last } = watcher()
    expect([at(0, away, failing, late), at(5, away, failing, late)].flat()).toEqual([])
    expect(at(10, away, failing, late)).toEqual(['raised away'])
    expect(last().raised[0]!.message).toBe('Message of away. It follows: Title of failing; Title of late.')
    expect(at(20)).toEqual([])
    expect(at(30)).toEqual(['cleared away'])
  })

  test('is told on its own when it is worse than its cause', () => {
    const { at } = watcher()
    expect(at(0, reason('away'), reason('failing', { because: 'away', severity: 'critical' }))).toEqual(['raised away', 'raised failing'])
  })

  test('is told on its own when it outlives its cause by an hour', () => {
    const { at } = watcher()
    at(0, away, failing)
    at(10, away, failing)
    const { because: _, ...alone } = failing
    expect([at(20, alone), at(60, alone)].flat()).toEqual(['cleared away'])
    expect(at(80, alone)).toEqual(['raised failing'])
  })

  test('stays told when it was told before its cause was known, and is cleared in the end', () => {
    const { at } = watcher()
    const { because: _, ...alone } = failing
    expect(at(0, alone)).toEqual(['raised failing'])
    expect(at(20 * days, away, failing)).toEqual([])
    expect(at(20 * days + 10, away, failing)).toEqual(['raised away'])
    expect(at(20 * days + 15, away)).toEqual(['cleared failing'])
  })
})

describe('what reached nobody', () => {
  test('is told again next time: raised, reminded of and cleared', () => {
    let state: AlertState = new Map()
    const lose = (minutes: number, ...reasons: HealthReason[]): string[] => {
      const step = stepAlerts(state, reasons, new Date(begin + minutes * minuteMs))
      state = untold(state, step, new Set(['a']))
      return toldBy(step)
    }
    const keep = (minutes: number, ...reasons: HealthReason[]): string[] => {
      const step = stepAlerts(state, reasons, new Date(begin + minutes * minuteMs))
      state = step.state
      return toldBy(step)
    }
    expect([lose(0, reason('a')), lose(5, reason('a'))]).toEqual([['raised a'], ['raised a']])
    expect([keep(10, reason('a')), keep(15, reason('a'))]).toEqual([['raised a'], []])
    expect([lose(8 * days, reason('a')), keep(8 * days + 5, reason('a'))]).toEqual([['reminder a'], ['reminder a']])
    expect([lose(9 * days), lose(9 * days + 5), keep(9 * days + 10), keep(9 * days + 15)]).toEqual([['cleared a'], ['cleared a'], ['cleared a'], []])
  })

  test('and is gone before anybody could be told, is not told', () => {
    const first = stepAlerts(new Map(), [reason('a')], new Date(begin))
    const lost = untold(new Map(), first, new Set(['a']))
    expect(toldBy(stepAlerts(lost, [], new Date(begin + minuteMs)))).toEqual([])
  })

  test('and the worsening too', () => {
    const first = stepAlerts(new Map(), [reason('a')], new Date(begin)).state
    const worse = [reason('a', { severity: 'critical' })]
    const step = stepAlerts(first, worse, new Date(begin + minuteMs))
    const lost = untold(first, step, new Set(['a']))
    expect(toldBy(stepAlerts(lost, worse, new Date(begin + 2 * minuteMs)))).toEqual(['raised a'])
  })
})

describe('a clock', () => {
  test('that leaps to 2100 and back neither silences reminders nor keeps anything waiting for ever', () => {
    const { at } = watcher()
    const reasons = [reason('c', { severity: 'critical' }), reason('p', { patienceMs: hourMs })]
    at(0, ...reasons)
    at(70 * 365 * days, ...reasons)
    expect(at(5, ...reasons)).toEqual([])
    expect(at(5 + days, ...reasons)).toEqual(['reminder c'])
  })

  test('that leaps while something is gone and comes back does not keep it from being cleared', () => {
    const { at } = watcher()
    at(0, reason('a', { calmMs: 10 * minuteMs }))
    at(5, reason('a', { calmMs: 10 * minuteMs }))
    at(70 * 365 * days)
    expect(at(6)).toEqual([])
    expect(at(16)).toEqual(['cleared a'])
  })

  test('that is set back to 1970 delays what waits by no more than its patience', () => {
    const { at } = watcher()
    const waiting = reason('p', { patienceMs: 10 * minuteMs })
    at(0, waiting)
    const past = -61 * 365 * days
    expect(at(past, waiting)).toEqual([])
    expect(at(past + hours, waiting)).toEqual(['raised p'])
  })
})

describe('local state', () => {
  test('brings a restart to where it was', async () => {
    const state = createMemoryState()
    const { at, state: now } = watcher()
    at(0, reason('a'), reason('b', { patienceMs: hourMs }), reason('c', { because: 'a' }))
    await writeAlerts(state, 'alerts', now())
    expect(await readAlerts(state, 'alerts')).toEqual(now())
    expect(standing(await readAlerts(state, 'alerts'))).toEqual(new Map([['a', 'warning']]))
  })

  test.each(['', '{', 'null', '[]', '7', '{"version":1}', '{"version":9,"entries":[]}', '{"version":1,"entries":[null,1,{},{"alert":{}}]}'])(
    'that holds %j is as good as none',
    async (text) => {
      const state = createMemoryState()
      await state.write('alerts', new TextEncoder().encode(text))
      expect(await readAlerts(state, 'alerts')).toEqual(new Map())
    },
  )

  test.each([
    ['no severity that there is', ({ alert }: Written) => (alert['severity'] = 'panic')],
    ['was told something else', ({ told }: Written) => (told['severity'] = 'panic')],
    ['was told at no time', ({ told }: Written) => (told['at'] = 'noon')],
    ['was seen at no time', (entry: Written) => (entry.firstSeen = null)],
    ['has no title', ({ alert }: Written) => delete alert['title']],
  ])('forgets an entry that %s, and keeps the others', async (_, spoil) => {
    const state = createMemoryState()
    const { at, state: now } = watcher()
    at(0, reason('a'), reason('b'))
    await writeAlerts(state, 'alerts', now())
    const written = JSON.parse(new TextDecoder().decode(await state.read('alerts'))) as { entries: Written[] }
    spoil(written.entries[0]!)
    await state.write('alerts', new TextEncoder().encode(JSON.stringify(written)))
    expect([...(await readAlerts(state, 'alerts')).keys()]).toEqual(['b'])
  })

  test('that cannot be read is as good as none', async () => {
    const state = { ...createMemoryState(), read: () => Promise.reject(new Error('I/O error')) }
    expect(await readAlerts(state, 'alerts')).toEqual(new Map())
  })

  test('damaged in any byte leaves a state that can be gone on with', async () => {
    const { at, state: now } = watcher()
    at(0, reason('a'), reason('b', { patienceMs: hourMs }))
    await fc.assert(
      fc.asyncProperty(fc.nat(2000), fc.nat(255), async (place, byte) => {
        const state = createMemoryState()
        await writeAlerts(state, 'alerts', now())
        const bytes = (await state.read('alerts'))!
        bytes[place % bytes.length] = byte
        await state.write('alerts', bytes)
        const found = await readAlerts(state, 'alerts')
        expect(stepAlerts(found, [reason('a')], new Date(begin)).state.get('a')).toBeDefined()
      }),
    )
  })
})

/** An entry as it lies in local state, where anything may have happened to it. */
interface Written {
  readonly alert: Record<string, unknown>
  readonly told: Record<string, unknown>
  firstSeen: unknown
}

/** Whatever is wrong, for how long, in whatever order, and with restarts in between. */
describe('always', () => {
  const ids = ['a', 'b', 'c', 'd']
  const anyReason = fc.record({
    id: fc.constantFrom(...ids),
    severity: fc.constantFrom<HealthReason['severity']>('warning', 'critical'),
    patienceMs: fc.constantFrom(0, 10 * minuteMs, hourMs),
    calmMs: fc.constantFrom(0, 10 * minuteMs),
    because: fc.option(fc.constantFrom(...ids), { nil: undefined }),
  })
  const wrong = fc.uniqueArray(anyReason, { selector: ({ id }) => id }).map((all) =>
    all.map(({ because, ...more }) => reason(more.id, { ...more, ...(because !== undefined && because < more.id && { because }) })),
  )
  const story = fc.array(fc.record({ minutes: fc.integer({ min: 0, max: 3 * days }), wrong, lost: fc.subarray(ids) }), { maxLength: 40 })

  test('raising and clearing take turns, and in between it is only raised again for getting worse', () => {
    fc.assert(
      fc.property(story, (moments) => {
        let state: AlertState = new Map()
        let at = begin
        const told = new Map<string, HealthReason['severity']>()
        for (const { minutes, wrong: reasons, lost } of moments) {
          at += minutes * minuteMs
          const step = stepAlerts(state, reasons, new Date(at))
          const all = [...step.raised, ...step.reminders, ...step.cleared].map(({ id }) => id)
          expect(new Set(all).size).toBe(all.length)
          for (const { id, severity } of step.raised) {
            expect([undefined, 'warning']).toContain(told.get(id))
            expect(told.get(id) === 'warning' ? severity : 'critical').toBe('critical')
            if (!lost.includes(id)) told.set(id, severity)
          }
          for (const { id, severity } of step.reminders) {
            expect(told.has(id)).toBe(true)
            if (!lost.includes(id)) told.set(id, severity)
          }
          for (const { id } of step.cleared) {
            expect(told.has(id)).toBe(true)
            if (!lost.includes(id)) told.delete(id)
          }
          state = untold(state, step, new Set(lost.filter((id) => all.includes(id))))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the same again at the same instant tells nothing more, also after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (moments) => {
        const local = createMemoryState()
        let state: AlertState = new Map()
        let at = begin
        for (const { minutes, wrong: reasons } of moments) {
          at += minutes * minuteMs
          const now = new Date(at)
          const { state: next } = stepAlerts(state, reasons, now)
          await writeAlerts(local, 'alerts', next)
          state = await readAlerts(local, 'alerts')
          const again = stepAlerts(state, reasons, now)
          expect(toldBy(again)).toEqual([])
          expect(again.state).toEqual(state)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('what lasts is told within its patience and an hour, by itself or with its cause; what is gone for a day is cleared', () => {
    fc.assert(
      fc.property(story, wrong, (moments, reasons) => {
        let state: AlertState = new Map()
        let at = begin
        for (const moment of moments) {
          at += moment.minutes * minuteMs
          state = stepAlerts(state, moment.wrong, new Date(at)).state
        }
        for (let step = 0; step < 30; step++) state = stepAlerts(state, reasons, new Date((at += 10 * minuteMs))).state
        const causeOf = (id: string): string => {
          const cause = reasons.find((one) => one.id === id)!.because
          return state.get(id)!.folded ? causeOf(cause!) : id
        }
        for (const { id } of reasons) expect([...standing(state).keys()]).toContain(causeOf(id))
        for (let step = 0; step < 2; step++) state = stepAlerts(state, [], new Date((at += dayMs))).state
        expect(state.size).toBe(0)
      }),
    )
  })
})
