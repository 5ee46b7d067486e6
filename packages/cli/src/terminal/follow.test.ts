import type { BackupEvent, Run } from '@backup/core'
import { expect, test } from 'vitest'
import { follow } from './follow.ts'
import type { Progress } from './progress-line.ts'
import { createScreen } from './screen.ts'

const progress = { doneBytes: 5, totalBytes: 10, bytesPerSecond: 100, leftMs: 50 }
const base = { operation: 'backup', run: '1', at: 0 } as const
const events: BackupEvent[] = [
  { ...base, type: 'run-start', label: 'store.db' },
  { ...base, type: 'phase-start', phase: 'read' },
  { ...base, type: 'progress', phase: 'read', movedBytes: 1, ...progress },
  { ...base, type: 'warning', message: 'The disk is old.', hint: 'Buy another.' },
  { ...base, type: 'retry', key: 'packs/00/0', attempt: 1, waitMs: 1500, reason: 'Busy.' },
  { ...base, type: 'phase-start', phase: 'commit' },
  { ...base, type: 'run-end', durationMs: 1 },
]

test('a run is shown from its events, and gives its result', async () => {
  const { screen, shown, said } = recorder()
  const told: BackupEvent[] = []
  expect(await follow(scripted(events, Promise.resolve('snapshot')), screen, (event) => told.push(event))).toBe('snapshot')
  expect(told).toEqual(events)
  expect(shown).toMatchObject([
    { label: 'reading' },
    { label: 'reading', ...progress },
    { label: 'committing' },
  ])
  expect(said.join('')).toBe('! The disk is old. Buy another.\n! Busy. Trying again in 2 s.\n')
})

test('a run that fails fails here too', async () => {
  const failed = Promise.reject(new Error('no room'))
  await expect(follow(scripted(events.slice(0, 2), failed), recorder().screen, () => {})).rejects.toThrow('no room')
})

function scripted<Result>(script: readonly BackupEvent[], result: Promise<Result>): Run<Result> {
  result.catch(() => {})
  return {
    id: '1',
    cancel: () => {},
    then: (resolved, rejected) => result.then(resolved, rejected),
    catch: (handle) => result.catch(handle),
    finally: (handle) => result.finally(handle),
    async *[Symbol.asyncIterator]() {
      yield* script
    },
  }
}

function recorder() {
  const said: string[] = []
  const shown: Progress[] = []
  const screen = createScreen({ write: (text) => said.push(String(text)) }, { env: {} })
  return { said, shown, screen: { ...screen, progress: (progress: Progress) => void shown.push(progress) } }
}
