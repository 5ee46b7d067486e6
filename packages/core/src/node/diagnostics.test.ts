import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBackup } from '../backup.ts'
import { rawKey } from '../crypto/keys/raw-key.ts'
import type { BackupEvent } from '../events.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { memorySource } from '../testing/memory-source.ts'
import { portableRuntime } from '../portable/runtime.ts'
import { diagnostics, eventChannel } from './diagnostics.ts'

const types = ['run-start', 'phase-start', 'run-end', 'run-error'] as const
const told: [string, BackupEvent][] = []
const listen = (event: unknown, name: string | symbol): void =>
  void told.push([String(name), event as BackupEvent])

beforeEach(() => types.forEach((type) => subscribe(eventChannel(type), listen)))
afterEach(() => {
  types.forEach((type) => unsubscribe(eventChannel(type), listen))
  told.length = 0
})

function stage() {
  return createBackup({
    source: memorySource({ rows: new Uint8Array(1000) }),
    providers: [memoryProvider()],
    keys: rawKey(new Uint8Array(32).fill(7)),
    runtime: portableRuntime,
    notify: [diagnostics()],
  })
}

test('each event is published on the channel of its type, as it is', async () => {
  const backup = stage()
  await backup.init()
  const run = backup.run()
  const events: BackupEvent[] = []
  for await (const event of run) events.push(event)
  await backup.close()
  const expected = events.filter(({ type }) => (types as readonly string[]).includes(type))
  expect(told.map(([, event]) => event)).toEqual(expected)
  expect(told.map(([name]) => name)).toEqual(expected.map(({ type }) => `backup:${type}`))
  expect(told.length).toBeGreaterThan(2)
})

test('a failure is published too', async () => {
  const backup = stage() // no init: there is no repository
  await expect(backup.run()).rejects.toMatchObject({ kind: expect.any(String) })
  await backup.close()
  expect(told.map(([name]) => name)).toEqual(['backup:run-start', 'backup:run-error'])
})

test('what nobody listens for is not wanted', () => {
  const event = { type: 'warning', operation: 'backup', run: 'r', at: 0, message: 'm', hint: 'h' } as const
  expect(channel(eventChannel('warning')).hasSubscribers).toBe(false)
  expect(diagnostics().wants?.(event)).toBe(false)
  subscribe(eventChannel('warning'), listen)
  expect(diagnostics().wants?.(event)).toBe(true)
  unsubscribe(eventChannel('warning'), listen)
})
