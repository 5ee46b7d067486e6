import { describe, expect, test } from 'vitest'
import { files } from '../world.ts'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

const asOlga = { headers: { authorization: 'Bearer olga' } }

export function snapshotTests(serve: Serve): void {
  describe('snapshots', () => {
    test('are listed newest first, with where their copies are and why they are kept', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { id: second } = (await takeBackup(api)).snapshot!
      const { body } = await api('GET /snapshots')
      expect(body.snapshots.map(({ id }) => id)).toEqual([second, snapshot])
      expect(body.snapshots[0]).toMatchObject({
        kind: 'manual',
        sizeBytes: 200_018,
        copies: [{ location: 'memory:near', state: 'committed' }, { location: 'memory:far', state: 'committed' }],
        retention: { keep: true, reasons: expect.arrayContaining(['newest']) },
        holds: [],
      })
    })

    test('come page by page', async () => {
      const { api } = await backedUp(serve)
      await takeBackup(api)
      await takeBackup(api)
      const first = await api('GET /snapshots', { query: { limit: 2 } })
      expect([first.body.snapshots.length, first.body.total]).toEqual([2, 3])
      const second = await api('GET /snapshots', { query: { limit: 2, before: first.body.next! } })
      expect(second.body.snapshots.length).toBe(1)
      expect(second.body.next).toBeUndefined()
    })

    test('are found by the beginning of an id, by kind and by time', async () => {
      const { api, snapshot } = await backedUp(serve)
      expect((await api('GET /snapshots/:snapshot', { params: { snapshot: snapshot.slice(0, 12) } })).body.id).toBe(snapshot)
      expect((await api('GET /snapshots/:snapshot', { params: { snapshot: 'latest' } })).body.id).toBe(snapshot)
      expect((await api('GET /snapshots', { query: { kind: 'safety' } })).body.total).toBe(0)
      expect((await api('GET /snapshots', { query: { from: '2001-01-01T00:00:00Z', to: '2002-01-01T00:00:00Z' } })).body.total).toBe(0)
      const { status, body } = await api.refused('GET /snapshots/:snapshot', { params: { snapshot: 'ffff' } })
      expect([status, body.kind]).toEqual([404, 'not-found'])
    })

    test('are compared', async () => {
      const { api, source, snapshot } = await backedUp(serve)
      source.streams.set('more.txt', new Uint8Array(1000).fill(1))
      const { id } = (await takeBackup(api)).snapshot!
      const { body } = await api('GET /diff', { query: { from: snapshot, to: id } })
      expect(body.streams.map(({ name, change }) => [name, change])).toEqual([['invoices.csv', 'same'], ['more.txt', 'added'], ['notes/readme.txt', 'same']])
    })

    test('are looked into, without restoring anything', async () => {
      const { api } = await backedUp(serve)
      const top = await api('GET /snapshots/:snapshot/entries', { params: { snapshot: 'latest' } })
      expect(top.body.entries.map(({ path }) => path)).toEqual(['notes', 'invoices.csv'])
      const inner = await api('GET /snapshots/:snapshot/entries', { params: { snapshot: 'latest' }, query: { folder: 'notes' } })
      expect(inner.body).toMatchObject({ truncated: false, entries: [{ path: 'notes/readme.txt', sizeBytes: 18 }] })
      expect((await api('GET /snapshots/:snapshot/entries', { params: { snapshot: 'latest' }, query: { limit: 1 } })).body.truncated).toBe(true)
    })

    test('give single files, as bytes that no browser takes for a page', async () => {
      const { api } = await backedUp(serve)
      const { headers, body } = await api('GET /snapshots/:snapshot/content', { params: { snapshot: 'latest' }, query: { path: 'notes/readme.txt' } })
      expect(body).toBe('Keep the invoices.')
      expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''readme.txt")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    })

    test.each([
      ['bytes=1000-1999', 1000, 2000],
      ['bytes=199000-', 199_000, 200_000],
      ['bytes=-500', 199_500, 200_000],
      ['bytes=199990-999999', 199_990, 200_000],
    ])('give the part that is asked for: %s', async (range, from, to) => {
      const { api } = await backedUp(serve)
      const response = await api.send('/api/backup/snapshots/latest/content?stream=invoices.csv', { headers: { ...asOlga.headers, range } })
      expect(response.status).toBe(206)
      expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/200000`)
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(files['invoices.csv'].slice(from, to))
    })

    test('have no bytes beyond their end, and none of what is no file', async () => {
      const { api } = await backedUp(serve)
      const params = { snapshot: 'latest' }
      const beyond = await api.refused('GET /snapshots/:snapshot/content', { params, query: { stream: 'invoices.csv' }, headers: { range: 'bytes=200000-' } })
      expect([beyond.status, beyond.body.kind]).toEqual([416, 'range'])
      expect((await api.refused('GET /snapshots/:snapshot/content', { params, query: { path: 'notes' } })).body.kind).toBe('config')
      expect((await api.refused('GET /snapshots/:snapshot/content', { params, query: { path: 'nowhere' } })).body.kind).toBe('not-found')
      expect((await api.refused('GET /snapshots/:snapshot/content', { params })).body.code).toBe('invalid')
    })
  })
}
