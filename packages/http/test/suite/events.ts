import { describe, expect, test } from 'vitest'
import { openFrames } from '../frames.ts'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

export function eventTests(serve: Serve): void {
  describe('live events', () => {
    test('begin with what is, and tell what happens', async () => {
      const { api } = await serve()
      const frames = await openFrames(api.send)
      expect(frames.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      const { event: hello } = await frames.until(() => true)
      expect(hello).toEqual({ type: 'hello', resumed: false, jobs: [] })
      const done = await takeBackup(api)
      const { event: begun } = await frames.until(({ type }) => type === 'job')
      expect(begun).toMatchObject({ job: { id: done.id, state: 'running', actor: 'olga' } })
      expect((await frames.until((event) => event.type === 'log')).event).toMatchObject({ entry: { title: 'The backup is done', job: done.id } })
      expect((await frames.until((event) => event.type === 'changed')).event).toEqual({ type: 'changed', what: 'snapshots', ids: [done.snapshot!.id] })
      expect((await frames.until((event) => event.type === 'job' && event.job.state === 'done')).event).toMatchObject({ job: { snapshot: { id: done.snapshot!.id } } })
      frames.close()
    })

    test('are not held back or changed by what lies between', async () => {
      const { api } = await serve()
      const frames = await openFrames(api.send)
      expect(frames.response.headers.get('cache-control')).toContain('no-transform')
      expect(frames.response.headers.get('x-accel-buffering')).toBe('no')
      expect(frames.response.headers.get('content-encoding')).toBeNull()
      frames.close()
    })

    test('go on where a lost connection broke off', async () => {
      const { api } = await serve()
      const first = await openFrames(api.send)
      const { id } = await first.until(({ type }) => type === 'hello')
      first.close()
      const done = await takeBackup(api)
      const second = await openFrames(api.send, id)
      expect((await second.until(({ type }) => type === 'hello')).event).toEqual({ type: 'hello', resumed: true, jobs: [] })
      expect((await second.until((event) => event.type === 'job')).event).toMatchObject({ job: { id: done.id, state: 'done' } })
      second.close()
    })

    test('of a program that was started anew begin again, and say so', async () => {
      const { api } = await serve()
      const frames = await openFrames(api.send, 'abcdef012345-7')
      expect((await frames.until(() => true)).event).toMatchObject({ type: 'hello', resumed: false })
      frames.close()
    })

    test('show a restore that is under way to whoever comes back', async () => {
      const { api, gate } = await backedUp(serve)
      gate.shut()
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const { body: started } = await api('POST /restores', { body: { token: plan.confirm.token, reason: 'Lost an invoice.' } })
      await gate.reached
      const frames = await openFrames(api.send)
      expect((await frames.until(() => true)).event).toMatchObject({ type: 'hello', jobs: [{ id: started.id, state: 'running', phase: 'fetch' }] })
      gate.open()
      await frames.until((event) => event.type === 'job' && event.job.id === started.id && event.job.state === 'done')
      frames.close()
    })

    test('show that somebody is still there when nothing happens', async () => {
      const { api } = await serve({ pingMs: 20 })
      const frames = await openFrames(api.send)
      expect(await frames.comment()).toBe(': ping')
      frames.close()
    })

    test('end after a while, so that it is asked again who listens', async () => {
      const { api } = await serve({ streamMs: 50 })
      const frames = await openFrames(api.send)
      await expect(frames.ended()).resolves.toBeUndefined()
    })

    test('do not begin at a handler that is closed, which nothing would ever come through, or end', async () => {
      const { api, handler, errors } = await serve()
      handler.close()
      const stream = await api.send('/api/backup/events/stream', { headers: { authorization: 'Bearer olga' } })
      expect([stream.status, stream.headers.get('retry-after')]).toEqual([503, '1'])
      expect((await api.refused('GET /health')).body).toMatchObject({ code: 'closed', retryable: true, retryAfterMs: 1000 })
      expect(errors).toEqual([])
    })

    test('tell what to fetch again: accounts, the schedule, the trash', async () => {
      const { api, snapshot } = await backedUp(serve)
      const frames = await openFrames(api.send)
      await frames.until(({ type }) => type === 'hello')
      await api('POST /schedule/:job/pause', { params: { job: 'prune' }, body: {} })
      await frames.until((event) => event.type === 'changed' && event.what === 'schedule')
      await api('POST /accounts/:account/disconnect', { params: { account: 'drive' }, body: { reason: 'We move.' } })
      await frames.until((event) => event.type === 'changed' && event.what === 'accounts' && event.ids?.[0] === 'drive')
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      await api('POST /removals', { body: { token: plan.confirm.token, reason: 'Not needed.' } })
      await frames.until((event) => event.type === 'changed' && event.what === 'trash')
      const { event } = await frames.until((one) => one.type === 'changed' && one.what === 'snapshots')
      expect(event).toEqual({ type: 'changed', what: 'snapshots', ids: [snapshot] })
      frames.close()
    })

    test('tell what the application says has changed', async () => {
      const { api, handler } = await serve()
      const frames = await openFrames(api.send)
      await frames.until(({ type }) => type === 'hello')
      handler.changed('settings')
      expect((await frames.until(() => true)).event).toEqual({ type: 'changed', what: 'settings' })
      frames.close()
    })

    test('end when the handler is closed', async () => {
      const { api, handler } = await serve()
      const frames = await openFrames(api.send)
      await frames.until(({ type }) => type === 'hello')
      handler.close()
      await expect(frames.ended()).resolves.toBeUndefined()
    })

    test('can be asked for instead, line by line', async () => {
      const { api } = await backedUp(serve)
      const { body } = await api('GET /events')
      expect(body.entries).toMatchObject([{ level: 'info', title: 'The backup is done' }])
      expect((await api('GET /events', { query: { after: body.last } })).body.entries).toEqual([])
    })
  })
}
