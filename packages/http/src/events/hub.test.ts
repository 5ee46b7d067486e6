import { describe, expect, test } from 'vitest'
import type { JobJson } from '../wire/jobs.ts'
import { type Frame, createHub } from './hub.ts'

const job = (id: string, retries = 0): JobJson => ({ id, operation: 'backup', state: 'running', startedAt: '2031-01-01T00:00:00.000Z', warnings: [], retries })
const types = (frames: readonly Frame[] | undefined): unknown => frames?.map(({ event }) => event.type)

describe('a hub', () => {
  test('tells those who listen, until they have heard enough', () => {
    const hub = createHub()
    const seen: Frame[] = []
    const end = hub.subscribe({ frame: (frame) => seen.push(frame), closed: () => {} })
    hub.publish({ type: 'changed', what: 'trash' })
    end()
    hub.publish({ type: 'changed', what: 'trash' })
    expect(seen).toMatchObject([{ event: { what: 'trash' } }])
  })

  test('knows what came after any frame', () => {
    const hub = createHub()
    const before = hub.last()
    hub.publish({ type: 'changed', what: 'trash' })
    const between = hub.last()
    hub.publish({ type: 'changed', what: 'health' })
    expect(types(hub.after(before))).toEqual(['changed', 'changed'])
    expect(hub.after(between)).toMatchObject([{ event: { what: 'health' } }])
    expect(hub.after(hub.last())).toEqual([])
  })

  test('remembers of a job only how it is', () => {
    const hub = createHub()
    const before = hub.last()
    for (let retries = 0; retries < 5000; retries++) hub.publish({ type: 'job', job: job('a', retries) })
    hub.publish({ type: 'changed', what: 'trash' })
    expect(hub.after(before)).toMatchObject([{ event: { job: { retries: 4999 } } }, { event: { what: 'trash' } }])
  })

  test('does not say that nothing was missed when it is not known', () => {
    const hub = createHub()
    const before = hub.last()
    for (let n = 0; n < 1001; n++) hub.publish({ type: 'changed', what: 'trash' })
    expect(hub.after(before)).toBeUndefined()
    for (const stranger of ['', 'x', 'abcdef012345-1', `${before.split('-')[0]}-99999`, `${before.split('-')[0]}-`, `${before}-1`]) {
      expect(hub.after(stranger), `after ${stranger}`).toBeUndefined()
    }
  })

  test('keeps the last thousand lines of its log, newest first', () => {
    const hub = createHub()
    const line = (title: string) => ({ at: '2031-01-01T00:00:00.000Z', level: 'info', title, message: '', action: '', matter: 'x' }) as const
    for (let n = 1; n <= 1500; n++) hub.log(line(`line ${n}`))
    const all = hub.entries({ limit: 1000 })
    expect([all.length, all[0]?.title, all.at(-1)?.title]).toEqual([1000, 'line 1500', 'line 501'])
    expect(hub.entries({ limit: 1000, after: all[2]!.id }).map(({ title }) => title)).toEqual(['line 1500', 'line 1499'])
  })
})
