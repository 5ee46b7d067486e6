import { certificate, connectProxy } from '@backup-internal/fakes/wire'
import { randomBytes } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account } from './account.ts'

const trusted = getCACertificates('default')

afterEach(() => {
  vi.unstubAllEnvs()
  setDefaultCACertificates(trusted)
})

test('everything goes to Google itself, uploads too, through the proxy that the environment names', async () => {
  const tls = await certificate()
  await using one = await account({}, { tls })
  const proxy = await connectProxy(one.google.server.port)
  setDefaultCACertificates([...trusted, tls.cert])
  vi.stubEnv('HTTPS_PROXY', proxy.url)
  const { rootUrl: _, ...options } = one.options
  const provider = gdrive(options)
  await provider.open({ create: true })
  for (const size of [0, 1_000, 11 * 1024 * 1024]) {
    const body = randomBytes(size)
    await provider.put(`packs/0a/of-${size}`, body)
    expect(Buffer.from(await provider.get(`packs/0a/of-${size}`)).equals(body)).toBe(true)
  }
  await provider.delete('packs/0a/of-0')
  expect((await provider.usage?.())?.usedBytes).toBe(11 * 1024 * 1024 + 1_000)
  expect([...new Set(proxy.hosts)]).toEqual(['www.googleapis.com:443'])
  expect(new Set(one.google.server.arrived.map(({ url }) => url.host))).toEqual(
    new Set(['www.googleapis.com']),
  )
  await provider.close?.()
  await proxy.close()
})

test('nothing is loaded and nothing is sent before the first call', async () => {
  await using one = await account()
  gdrive(one.options)
  expect(one.google.server.arrived).toEqual([])
})
