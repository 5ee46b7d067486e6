import { refusal } from '@backup-internal/fakes/google'
import { withRetry } from '@backup/core'
import { fakeClock, seededRandom } from '@backup/core/testing'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account } from './account.ts'
import { inject } from './faults.ts'

test('of five hundred operations of which thirty in a hundred requests fail all succeed, and make no file twice', async () => {
  await using one = await account()
  const { store } = one.google
  const random = seededRandom(20_310_506)
  const plain = gdrive(one.options)
  await plain.open({ create: true })
  const provider = withRetry(plain, { attempts: 60, firstDelayMs: 1, maxDelayMs: 4 })
  const fault = inject('random-errors', one)
  const model = new Map<string, Uint8Array>()
  const step = async (): Promise<void> => {
    const name = `packs/0${random.below(4)}/object-${random.below(200)}`
    const known = model.get(name)
    if (known) {
      if (!Buffer.from(await provider.get(name)).equals(known)) throw new Error(`${name} has other bytes.`)
      return
    }
    const body = random.bytes(random.below(5_000))
    model.set(name, body)
    await provider.put(name, body)
  }
  for (let count = 0; count < 500; count++) await step()
  expect(fault.happened()).toBeGreaterThan(150)
  fault.end()
  const files = [...store.files.values()].filter(({ mimeType }) => mimeType === 'application/octet-stream')
  expect(files.map(({ name }) => name).sort()).toEqual(
    [...model.keys()].map((name) => name.split('/')[2]).sort(),
  )
  const folders = [...store.files.values()].filter(({ mimeType }) => mimeType !== 'application/octet-stream')
  expect(folders.map(({ name }) => name).sort()).toEqual(['00', '01', '02', '03', 'Backups', 'packs', 'shop'])
  for (const [name, body] of model) expect(Buffer.from(await plain.get(name)).equals(body)).toBe(true)
}, 120_000)

test('while Google wants a pause, nobody of this account asks for anything', async () => {
  await using one = await account()
  const { server } = one.google
  const plain = gdrive(one.options)
  await plain.open({ create: true })
  const keys = Array.from({ length: 6 }, (_, at) => `packs/0a/object-${at}`)
  for (const key of keys) await plain.put(key, randomBytes(10))
  const clock = fakeClock()
  let tell: (() => void) | undefined
  const told = new Promise<void>((resolve) => {
    tell = resolve
  })
  const provider = withRetry(plain, { timers: clock, onRetry: () => tell?.() })
  let arrivedInPause = 0
  let isPaused = false
  server.fail(() => {
    if (isPaused) arrivedInPause++
    if (isPaused || clock.now() > fakeClock().now()) return undefined
    isPaused = true
    return refusal('userRateLimitExceeded', { 'retry-after': '120' })
  })
  const first = provider.get(keys[0] ?? '')
  await told
  const others = keys.map((key) => provider.get(key))
  for (let second = 0; second < 119; second++) await clock.advance(1_000)
  expect(arrivedInPause).toBe(0)
  isPaused = false
  await clock.advance(2_000)
  const all = Promise.all([first, ...others])
  for (let turn = 0; turn < 200; turn++) await clock.advance(50)
  expect(await all).toHaveLength(7)
})
