import { describe, expect, test } from 'vitest'
import type { ProblemJson } from '../../src/index.ts'
import type { Serve } from './index.ts'

const post = (body: string, headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' }): RequestInit => ({
  method: 'POST',
  body,
  headers: { authorization: 'Bearer olga', ...headers },
})

export function badInputTests(serve: Serve): void {
  describe('what makes no sense is refused', () => {
    const backups = '/api/backup/backups'

    test.each<[what: string, path: string, init: RequestInit, status: number, code: string]>([
      ['another method', backups, { method: 'PUT', body: '{}', headers: { authorization: 'Bearer olga' } }, 405, 'method'],
      ['a path that is none', '/api/backup/backup', post('{}'), 404, 'unknown-route'],
      ['another type of body', backups, post('kind=manual', { 'content-type': 'text/plain' }), 415, 'media-type'],
      ['a field that nobody knows', backups, post('{"kid":"manual"}'), 422, 'invalid'],
      ['a value that nobody knows', backups, post('{"kind":"funny"}'), 422, 'invalid'],
      ['a list', backups, post('[1]'), 422, 'invalid'],
      ['a query that nobody knows', '/api/backup/snapshots?limt=3', { headers: { authorization: 'Bearer olga' } }, 422, 'invalid'],
      ['a limit beyond all limits', '/api/backup/snapshots?limit=100000', { headers: { authorization: 'Bearer olga' } }, 422, 'invalid'],
      ['a time that is none', '/api/backup/audit?from=yesterday', { headers: { authorization: 'Bearer olga' } }, 422, 'invalid'],
    ])('%s', async (_, path, init, status, code) => {
      const { api, backup } = await serve()
      const response = await api.send(path, init)
      expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
      const problem = (await response.json()) as ProblemJson
      expect(problem).toMatchObject({ status, code, type: expect.stringContaining(`#problem-${code}`) })
      expect(await backup.snapshots()).toEqual([])
    })

    test('a method is refused with those that are possible', async () => {
      const { api } = await serve()
      const response = await api.send('/api/backup/drills', { method: 'DELETE', headers: { authorization: 'Bearer olga' } })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
    })

    test('a body that is too large, however it comes, and nothing is begun', async () => {
      const { api, backup } = await serve({ maxBodyBytes: 1000 })
      const large = JSON.stringify({ note: 'x'.repeat(2000) })
      const response = await api.send(backups, post(large))
      expect([response.status, ((await response.json()) as ProblemJson).code]).toEqual([413, 'too-large'])
      expect(await backup.snapshots()).toEqual([])
    })
  })
}
