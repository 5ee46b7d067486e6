import { expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { createMemoryState } from '../portable/runtime.ts'
import { type Run, type RunContext, startRun } from '../track/run.ts'
import { type History, type RunEntry, history } from './history.ts'
import { createRecorder, type Recorder } from './recorder.ts'

const clock = (): Date => new Date('2031-01-01T00:00:00Z')

function recorder(open?: () => Promise<History>): { recorder: Recorder; noted(): Promise<readonly RunEntry[]> } {
  const state = createMemoryState()
  const opened = open ?? (async () => history(state, 'runs'))
  return {
    recorder: createRecorder({ open: opened, clock, exclusive: (_, body) => body() }),
    noted: () => history(state, 'runs').read(),
  }
}

function run<Result>(to: Recorder, work: (context: RunContext) => Promise<Result>, operation: 'backup' | 'verify' | 'drill' = 'backup'): Run<Result> {
  return startRun({ operation, label: '', notifiers: [], clock, body: (context) => to.record(operation, context, work) })
}

test('what was retried and warned of is counted, and everybody else is told of it too', async () => {
  const { recorder: to, noted } = recorder()
  const events: string[] = []
  for await (const { type } of run(to, async (context) => {
    context.emit({ type: 'retry', key: 'packs/00/00', attempt: 1, waitMs: 5, reason: 'down' })
    context.emit({ type: 'retry', key: 'packs/00/00', attempt: 2, waitMs: 5, reason: 'down' })
    context.warn('odd', 'look')
    return { sizeBytes: 10, storedBytes: 3 }
  })) events.push(type)
  expect(events).toEqual(['run-start', 'retry', 'retry', 'warning', 'run-end'])
  expect(await noted()).toMatchObject([{ operation: 'backup', at: clock().getTime(), ok: true, bytes: 10, stored: 3, retries: 2, warnings: 1 }])
})

test('a report of damage is no success, although nothing was thrown', async () => {
  const { recorder: to, noted } = recorder()
  await run(to, async () => ({ ok: false, problems: [{ message: 'Pack a is torn.' }, { message: 'b' }], checkedBytes: 7 }), 'verify')
  await run(to, async () => ({ restoreBytes: 9, check: { ok: false, findings: ['Page 3 is torn.'] } }), 'drill')
  const found = await noted()
  expect(found).toMatchObject([
    { ok: false, bytes: 7, error: { kind: 'corrupt', message: '2 problems, the first: Pack a is torn.' } },
    { ok: false, bytes: 9, error: { kind: 'corrupt', message: 'Page 3 is torn.' } },
  ])
  expect(found[1]).not.toHaveProperty('restored')
})

test('what fails is noted with its reason, and fails as it did', async () => {
  const { recorder: to, noted } = recorder()
  const failure = new BackupError('quota', 'Disk full.')
  await expect(run(to, () => Promise.reject(failure))).rejects.toBe(failure)
  expect(await noted()).toMatchObject([{ ok: false, error: { kind: 'quota', message: 'Disk full.' } }])
  expect(to.running).toBeUndefined()
})

test('what breaks because somebody cancelled it counts as cancelled', async () => {
  const { recorder: to, noted } = recorder()
  const broken = run(to, async () => {
    broken.cancel()
    throw new Error('socket closed')
  })
  await expect(broken).rejects.toMatchObject({ kind: 'cancelled' })
  expect(await noted()).toMatchObject([{ ok: false, error: { kind: 'cancelled' } }])
})

test('no run fails because it cannot be noted', async () => {
  const unreachable = recorder(() => Promise.reject(new BackupError('auth', 'No access.')))
  expect(await run(unreachable.recorder, async () => 7)).toBe(7)
  const full = recorder(async () => ({ read: async () => [], add: () => Promise.reject(new BackupError('quota', 'Disk full.')) }))
  expect(await run(full.recorder, async () => 8)).toBe(8)
})
