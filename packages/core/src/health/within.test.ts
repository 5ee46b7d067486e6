import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { within } from './within.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = (): Promise<never> => new Promise(() => {})

test('what is done in time is returned, what fails in time fails so, and no timer is left', async () => {
  expect(await within(1000, 'it', {}, async () => 7)).toBe(7)
  await expect(within(1000, 'it', {}, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(vi.getTimerCount()).toBe(0)
})

test('what never ends is given up, whether it listens or not', async () => {
  let heard = false
  const work = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => (heard = true))
    return never()
  }
  const failure = within(15_000, 'local:/mnt', {}, work).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(15_000)
  expect(await failure).toMatchObject({ kind: 'transient', message: 'local:/mnt did not answer within 15 seconds.' })
  expect(heard).toBe(true)
})

test('a caller that gives up waits no longer, and neither does one that already has', async () => {
  const caller = new AbortController()
  const failure = within(15_000, 'it', { signal: caller.signal }, never).catch((error: unknown) => error)
  caller.abort()
  expect(await failure).toMatchObject({ kind: 'cancelled' })
  await expect(within(15_000, 'it', { signal: caller.signal }, never)).rejects.toMatchObject({ kind: 'cancelled' })
})
