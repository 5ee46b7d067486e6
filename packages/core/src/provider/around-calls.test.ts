import { expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { memoryJournal } from '../testing/memory-journal.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { all } from '../testing/provider-suite-place.ts'
import { aroundCalls } from './around-calls.ts'
import { withRetry } from './with-retry.ts'

/** A provider that can do all that the contract knows, and notes what it was asked. */
function able(): { provider: BackupProvider; seen: unknown[][] } {
  const memory = memoryProvider()
  const seen: unknown[][] = []
  const provider: BackupProvider = {
    ...memory,
    async open(options) {
      seen.push(['open', options.journal])
      await memory.open(options)
    },
    async heal(key) {
      seen.push(['heal', key])
      return true
    },
    async retain(key, until) {
      seen.push(['retain', key, until])
    },
    async warm(key) {
      seen.push(['warm', key])
      return 'warming'
    },
    close: async () => void seen.push(['close']),
  }
  return { provider, seen }
}

const wrappers: [string, (provider: BackupProvider) => BackupProvider][] = [
  ['aroundCalls', (provider) => aroundCalls(provider, (_, run) => run())],
  ['withRetry', (provider) => withRetry(provider)],
]

test.each(wrappers)('%s passes on all that the contract knows', async (_, wrap) => {
  const { provider, seen } = able()
  const journal = memoryJournal()
  const until = new Date(7)
  const wrapped = wrap(provider)
  await wrapped.open({ create: true, journal })
  expect(await wrapped.heal?.('packs/0a/x')).toBe(true)
  await wrapped.retain?.('packs/0a/x', until)
  expect(await wrapped.warm?.('packs/0a/x')).toBe('warming')
  expect(await wrapped.usage?.()).toEqual({ usedBytes: 0 })
  await wrapped.close?.()
  expect(seen).toEqual([
    ['open', journal],
    ['heal', 'packs/0a/x'],
    ['retain', 'packs/0a/x', until],
    ['warm', 'packs/0a/x'],
    ['close'],
  ])
})

test.each(wrappers)('%s adds nothing that the provider inside does not have', (_, wrap) => {
  const { usage: __, ...bare } = memoryProvider()
  for (const method of ['usage', 'heal', 'retain', 'warm', 'close', 'runtime'])
    expect(wrap(bare)).not.toHaveProperty(method)
  expect(wrap(bare)).toMatchObject({
    name: 'memory',
    location: bare.location,
    capabilities: { nearby: true },
  })
})

test('each call is told with what is known of it, and each object of a listing', async () => {
  const { provider } = able()
  const told: string[] = []
  const wrapped = aroundCalls(provider, ({ operation, key, bytes }, run) => {
    told.push(`${operation} ${key} ${bytes}`)
    return run()
  })
  await wrapped.open({ create: true })
  await wrapped.put('packs/0a/x', new Uint8Array(5))
  await wrapped.get('packs/0a/x', { range: { offset: 1, length: 2 } })
  await all(wrapped.list('packs/'))
  await wrapped.delete('packs/0a/x')
  expect(told).toEqual([
    'open  0',
    'put packs/0a/x 5',
    'get packs/0a/x 2',
    'list packs/ 0',
    'list packs/ 0',
    'delete packs/0a/x 0',
  ])
})

test('withRetry repeats what only some providers can, while that makes sense', async () => {
  const { provider, seen } = able()
  let failures = 3
  const failing = <T extends unknown[], R>(work: (...call: T) => Promise<R>) => {
    return async (...call: T): Promise<R> => {
      if (failures-- > 0) throw new BackupError('transient', 'The line is down.')
      return work(...call)
    }
  }
  const { heal, retain, warm } = provider as Required<BackupProvider>
  const shaky = { ...provider, heal: failing(heal), retain: failing(retain), warm: failing(warm) }
  const retries: string[] = []
  const patient = withRetry(shaky, {
    firstDelayMs: 1,
    onRetry: ({ operation, key, attempt }) => retries.push(`${operation} ${key} ${attempt}`),
  })
  expect(await patient.heal?.('packs/0a/x')).toBe(true)
  failures = 1
  await patient.retain?.('packs/0a/y', new Date(7))
  failures = 1
  expect(await patient.warm?.('packs/0a/z')).toBe('warming')
  expect(retries).toEqual([
    'heal packs/0a/x 1',
    'heal packs/0a/x 2',
    'heal packs/0a/x 3',
    'retain packs/0a/y 1',
    'warm packs/0a/z 1',
  ])
  expect(seen).toHaveLength(3)

  failures = 1
  const refused = { ...provider, retain: async () => Promise.reject(new BackupError('config', 'No locks here.')) }
  await expect(withRetry(refused).retain?.('packs/0a/x', new Date(7))).rejects.toMatchObject({ kind: 'config' })
})
