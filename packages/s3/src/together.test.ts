import { BackupError, throwIfAborted } from '@backup/core'
import { expect, test } from 'vitest'
import { together } from './together.ts'

interface Turn {
  readonly signal: AbortSignal | undefined
  readonly end: () => void
}

function slowWork(): { turns: Turn[]; ask: (signal?: AbortSignal) => Promise<number> } {
  const turns: Turn[] = []
  const ask = together('counting', async (signal) => {
    await new Promise<void>((end) => {
      turns.push({ signal, end })
      signal?.addEventListener('abort', () => end())
    })
    throwIfAborted(signal, 'counting')
    return turns.length
  })
  return { turns, ask: (signal) => ask(signal) }
}

test('everybody who asks meanwhile gets the same answer, and whoever asks later a new one', async () => {
  const { turns, ask } = slowWork()
  const both = Promise.all([ask(), ask()])
  turns[0]?.end()
  expect(await both).toEqual([1, 1])
  const later = ask()
  turns[1]?.end()
  expect(await later).toBe(2)
})

test('whoever cancels is cancelled, and the others get their answer', async () => {
  const { turns, ask } = slowWork()
  const controller = new AbortController()
  const first = ask(controller.signal)
  const second = ask()
  controller.abort()
  await expect(first).rejects.toMatchObject({ kind: 'cancelled' })
  await expect.poll(() => turns.length).toBe(2)
  expect(turns[1]?.signal).toBeUndefined()
  turns[1]?.end()
  expect(await second).toBe(2)
})

test('a failure is everybody’s, and the next one asks anew', async () => {
  let times = 0
  const ask = together('counting', async () => {
    if (++times === 1) throw new BackupError('transient', 'lost')
    return times
  })
  const both = await Promise.allSettled([ask(undefined), ask(undefined)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await ask(undefined)).toBe(2)
})
