import { expect, test } from 'vitest'
import { discord } from './discord.ts'
import { ntfy } from './ntfy.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'

const secret = `whsec_${btoa('7'.repeat(32))}`
const key = 'k3y-of-the-webhook'

test.each<[string, () => unknown]>([
  ['url', () => webhook({ url: `ftp://example.com/${key}`, secret })],
  ['url', () => webhook({ url: `https://user:${key}@example.com`, secret })],
  ['url', () => webhook(undefined as never)],
  ['secret', () => webhook({ url: 'https://example.com', secret: key })],
  ['secret', () => webhook({ url: 'https://example.com', secret: [] })],
  ['secret', () => webhook({ url: 'https://example.com', secret: `whsec_${btoa('7'.repeat(23))}` })],
  ['name', () => webhook({ url: 'https://example.com', secret, name: 7 as never })],
  ['url', () => slack({ url: `http://hooks.slack.com/services/${key}` })],
  ['url', () => slack({ url: key })],
  ['zone', () => slack({ url: 'https://hooks.slack.com/services/x', zone: 'Mars/Olympus' })],
  ['gatherMs', () => slack({ url: 'https://hooks.slack.com/services/x', gatherMs: -1 })],
  ['wants', () => slack({ url: 'https://hooks.slack.com/services/x', wants: 'all' as never })],
  ['url', () => discord({ url: `https://discord.com/channels/1/${key}` })],
  ['topic', () => ntfy({ topic: `a/${key}` })],
  ['topic', () => ntfy(undefined as never)],
  ['token', () => ntfy({ topic: 't', token: `${key}\r\nX: 1` })],
  ['server', () => ntfy({ server: 'http://ntfy.example.com', topic: 't', token: key })],
  ['click', () => ntfy({ topic: 't', click: `javascript:${key}` })],
])('%s is refused by name, and its value is not told: %s', (option, make) => {
  expect(make).toThrow(expect.objectContaining({ kind: 'config', key: option }))
  expect(make).not.toThrow(new RegExp(key))
})

test('unencrypted is allowed where nothing secret is sent, and on this machine', () => {
  for (const make of [
    () => webhook({ url: 'http://gateway.internal/hook', secret }),
    () => ntfy({ server: 'http://ntfy.internal', topic: 't' }),
    () => slack({ url: 'http://127.0.0.1:8065/hooks/x' }),
  ])
    expect(make).not.toThrow()
})
