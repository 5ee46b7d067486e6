import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { s3 } from '../src/index.ts'
import { scriptedServer } from './scripted-server.ts'

// What the SDK looks for by itself, and does not find.

beforeEach(() => {
  for (const name of [
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_PROFILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
  ])
    vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
})

afterEach(() => vi.unstubAllEnvs())

test('a region that nobody named is config', async () => {
  const hint = expect.stringContaining('"region"')
  await expect(s3({ bucket: 'shop' }).open({})).rejects.toMatchObject({ kind: 'config', hint })
})

test('credentials that nobody gave are auth, and nothing is sent', async () => {
  await using server = await scriptedServer(() => ({ status: 200 }))
  const { endpoint = '' } = server.options
  const hint = expect.stringContaining('"credentials"')
  await expect(s3({ bucket: 'shop', endpoint }).open({})).rejects.toMatchObject({ kind: 'auth', hint })
  expect(server.arrived).toEqual([])
})

test('credentials from a function are asked for once, and again when they expire', async () => {
  await using server = await scriptedServer(() => ({ status: 200 }))
  let asked = 0
  const credentials = async (): Promise<{
    accessKeyId: string
    secretAccessKey: string
    expiration: Date
  }> => {
    asked++
    return {
      accessKeyId: `key-${asked}`,
      secretAccessKey: 'secret',
      expiration: new Date(Date.now() + 3_600_000),
    }
  }
  const provider = s3({ ...server.options, credentials })
  await provider.open({})
  await provider.open({})
  expect(asked).toBe(1)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_700_000 })
  await provider.open({})
  vi.useRealTimers()
  expect(asked).toBe(2)
  const signers = server.arrived.map(
    ({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1],
  )
  expect(signers).toEqual(['key-1', 'key-1', 'key-2'])
})
