import { describe, expect, test } from 'vitest'
import { s3 } from '../src/index.ts'
import { refusal, scriptedServer, type Answer, type Arrived } from './scripted-server.ts'

// No server that runs here has cold classes. Locks are also tested on a real one, in radosgw.test.ts.

const key = 'packs/0a/cold'

describe('warm', () => {
  const cold = { 'x-amz-storage-class': 'DEEP_ARCHIVE' }

  test.each<readonly [string, Record<string, string>, string]>([
    ['in no class', {}, 'ready'],
    ['in a class that reads at once', { 'x-amz-storage-class': 'GLACIER_IR' }, 'ready'],
    ['that is being thawed', { ...cold, 'x-amz-restore': 'ongoing-request="true"' }, 'warming'],
    [
      'that was thawed',
      { ...cold, 'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2032 00:00:00 GMT"' },
      'ready',
    ],
  ])('of an object %s only looks', async (_, headers, wanted) => {
    await using server = await scriptedServer(() => ({ status: 200, headers }))
    expect(await s3(server.options).warm?.(key)).toBe(wanted)
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD'])
  })

  test.each<readonly [string, Answer, string]>([
    ['is asked for', { status: 202 }, 'warming'],
    ['has a readable copy already', { status: 200 }, 'ready'],
    ['was asked for by somebody else at the same time', refusal(409, 'RestoreAlreadyInProgress'), 'warming'],
  ])('of a frozen object %s', async (_, answer, wanted) => {
    await using server = await scriptedServer(frozen(cold, answer))
    expect(await s3(server.options).warm?.(key)).toBe(wanted)
    const [, asked] = server.arrived
    expect(asked).toMatchObject({ method: 'POST', path: expect.stringContaining(`${key}?restore`) })
    expect(String(asked?.body)).toContain('<Days>7</Days>')
    expect(String(asked?.body)).toContain('<Tier>Standard</Tier>')
  })

  test('names no days for an archive of Intelligent-Tiering', async () => {
    await using server = await scriptedServer(
      frozen({ 'x-amz-archive-status': 'ARCHIVE_ACCESS' }, { status: 202 }),
    )
    expect(await s3(server.options).warm?.(key)).toBe('warming')
    expect(String(server.arrived[1]?.body)).not.toContain('Days')
  })

  test('of what is not there is not-found, and refused rights are auth', async () => {
    await using server = await scriptedServer(({ path }) => ({ status: path === '' ? 200 : 404 }))
    await expect(s3(server.options).warm?.(key)).rejects.toMatchObject({ kind: 'not-found', key })
    await using strict = await scriptedServer(frozen(cold, refusal(403, 'AccessDenied')))
    await expect(s3(strict.options).warm?.(key)).rejects.toMatchObject({ kind: 'auth', key })
    expect(strict.arrived.length).toBe(2)
  })

  const frozen =
    (headers: Record<string, string>, answer: Answer) =>
    ({ method }: Arrived): Answer =>
      method === 'HEAD' ? { status: 200, headers } : answer
})

describe('retain', () => {
  const until = new Date('2041-01-01T00:00:00.500Z')
  const objectLock = { mode: 'GOVERNANCE', days: 30 } as const

  const locked = (mode: string, time: string): Record<string, string> => {
    return { 'x-amz-object-lock-mode': mode, 'x-amz-object-lock-retain-until-date': time }
  }

  const lockable = ({ method, path }: Arrived): Answer | undefined => {
    const body =
      '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'
    return method === 'GET' && path.includes('object-lock') ? { status: 200, body } : undefined
  }

  test('is not there without a lock', () => {
    expect(s3({ bucket: 'shop' }).retain).toBeUndefined()
  })

  test.each<readonly [string, Record<string, string>, string]>([
    ['of an object without one', {}, 'GOVERNANCE'],
    ['that ends earlier', locked('GOVERNANCE', '2040-01-01T00:00:00Z'), 'GOVERNANCE'],
    ['of a stricter mode', locked('COMPLIANCE', '2040-01-01T00:00:00Z'), 'COMPLIANCE'],
  ])('sets the lock %s, never a moment shorter and never weaker', async (_, headers, mode) => {
    await using server = await scriptedServer((request) => lockable(request) ?? { status: 200, headers })
    await s3({ ...server.options, objectLock }).retain?.(key, until)
    const asked = server.arrived.at(-1)
    expect(asked).toMatchObject({ method: 'PUT', path: `${key}?retention=` })
    expect(String(asked?.body)).toContain(`<Mode>${mode}</Mode>`)
    expect(String(asked?.body)).toMatch(/<RetainUntilDate>2041-01-01T00:00:01(\.000)?Z</)
  })

  test('changes nothing when the lock ends later, nor for a time that is over', async () => {
    await using server = await scriptedServer(() => ({
      status: 200,
      headers: locked('GOVERNANCE', '2042-01-01T00:00:00Z'),
    }))
    const provider = s3({ ...server.options, objectLock })
    await provider.retain?.(key, until)
    await provider.retain?.(key, new Date(0))
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'HEAD'])
  })

  test('that somebody else went beyond meanwhile is success', async () => {
    let extended = false
    await using server = await scriptedServer(({ method }) => {
      if (method === 'HEAD')
        return {
          status: 200,
          headers: locked('COMPLIANCE', extended ? '2042-01-01T00:00:00Z' : '2040-01-01T00:00:00Z'),
        }
      extended = true
      return refusal(403, 'AccessDenied')
    })
    await s3({ ...server.options, objectLock }).retain?.(key, until)
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'HEAD'])
  })

  test.each<readonly [string, Answer, string]>([
    ['in a bucket without versions is config', refusal(400, 'InvalidRequest'), 'config'],
    ['without the right is auth', refusal(403, 'AccessDenied'), 'auth'],
  ])('%s', async (_, answer, kind) => {
    await using server = await scriptedServer(
      (request) => lockable(request) ?? (request.method === 'HEAD' ? { status: 200 } : answer),
    )
    await expect(s3({ ...server.options, objectLock }).retain?.(key, until)).rejects.toMatchObject({ kind })
    expect(server.arrived.some(({ method }) => method === 'PUT')).toBe(true)
  })

  test.each<readonly [string, Answer]>([
    ['takes the question for a listing', { status: 200, body: '<ListBucketResult></ListBucketResult>' }],
    ['does not know the question', refusal(501, 'NotImplemented')],
    ['has no locks in this bucket', refusal(404, 'ObjectLockConfigurationNotFoundError')],
  ])('asks a server nothing that %s: it could replace the object', async (_, answer) => {
    await using server = await scriptedServer(({ method }) => (method === 'HEAD' ? { status: 200 } : answer))
    const provider = s3({ ...server.options, objectLock })
    await expect(provider.retain?.(key, until)).rejects.toMatchObject({ kind: 'config' })
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  test('until no time at all is config, and nothing is sent', async () => {
    await using server = await scriptedServer(() => ({ status: 200 }))
    const provider = s3({ ...server.options, objectLock })
    await expect(provider.retain?.(key, new Date(Number.NaN))).rejects.toMatchObject({ kind: 'config', key })
    expect(server.arrived).toEqual([])
  })
})
