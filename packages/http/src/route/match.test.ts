import { describe, expect, test } from 'vitest'
import { matcher } from './match.ts'

const routes = { 'GET /snapshots': 'list', 'GET /snapshots/:snapshot': 'show', 'POST /trash/undelete': 'undelete', 'POST /trash/:snapshot': 'other', 'GET /a/:one/b/:two': 'both' }

describe.each(['', '/backup', '/api/v2/backup'])('below %j', (basePath) => {
  const match = matcher(routes, basePath)

  test('finds routes by method and path', () => {
    expect(match('GET', `${basePath}/snapshots`)).toEqual({ route: 'list', params: {} })
    expect(match('GET', `${basePath}/snapshots/`)).toEqual({ route: 'list', params: {} })
    expect(match('GET', `${basePath}/a/1/b/2`)).toEqual({ route: 'both', params: { one: '1', two: '2' } })
  })

  test('reads names as they were meant', () => {
    expect(match('GET', `${basePath}/snapshots/a%2Fb%20c`).params).toEqual({ snapshot: 'a/b c' })
  })

  test('takes letters before names', () => {
    expect(match('POST', `${basePath}/trash/undelete`).route).toBe('undelete')
    expect(match('POST', `${basePath}/trash/3f2a`).route).toBe('other')
  })

  test.each(['/', '', '/snapshot', '/snapshots/a/b', '/snapshots//', '/snapshots/%E0%A4%A'])('finds nothing at %j', (path) => {
    expect(() => match('GET', `${basePath}${path}`)).toThrow('nothing at this address')
  })

  test('says which methods there are', () => {
    expect(() => match('PUT', `${basePath}/snapshots`)).toThrow('PUT is not possible here; GET is.')
  })
})

test('a path that only begins like the base is none of it', () => {
  expect(() => matcher(routes, '/backup')('GET', '/backups/snapshots')).toThrow('nothing at this address')
})
