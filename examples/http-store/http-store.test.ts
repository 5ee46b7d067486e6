import { offersNothing, providerSuite, type ProviderFixture } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { httpStore } from './http-store.ts'
import { offered } from './store-faults.ts'
import { storeServer, token } from './store-server.ts'

async function fixture(): Promise<ProviderFixture> {
  const server = await storeServer()
  const client = () => httpStore({ url: server.url, token })
  return {
    provider: client(),
    second: client,
    faults: offered,
    inject: server.inject,
    requests: server.requests,
    sockets: server.sockets,
    litter: async () => void server.objects.set('notes.txt', Buffer.from('not ours')),
    dispose: server.close,
  }
}

const oneRequest = 'an object goes in one request, and the store keeps no halves'
const oneToken = 'the token is a word that does not expire'
describe('an HTTP store keeps the contract', () => {
  providerSuite({ describe, test }, fixture, {
    listedObjects: 1_200,
    without: {
      ...offersNothing(oneRequest, ['litter', 'requests', ...offered]),
      reauth: oneToken,
      'expired-token': oneToken,
      refreshes: oneToken,
      duplicates: 'the store has one object for each name',
      'clock-skew': 'no request carries a time',
      pass: 'the store has no clock',
    },
    off: {
      'holds no more memory for its puts than it says': 'the store lives in the same process',
    },
  })
})

test('no message has the token in it', async () => {
  const provider = httpStore({ url: 'http://127.0.0.1:1', token })
  const error = await provider.stat('packs/0a/x').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ kind: 'transient', plugin: 'http-store', key: 'packs/0a/x' })
  expect(JSON.stringify(error) + String(error)).not.toContain(token)
})
