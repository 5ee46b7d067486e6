import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Notifier } from '../contract/notifier.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { BackupEvent } from '../events.ts'
import type { SnapshotInfo } from '../read/snapshot.ts'
import { type Run, type RunContext, startRun } from './run.ts'

const clock = (): Date => new Date('2031-04-05T06:07:08.090Z')

function start<Result>(
  body: (context: RunContext) => Promise<Result>,
  more: { notifiers?: Notifier[]; signal?: AbortSignal } = {},
): Run<Result> {
  return startRun({ operation: 'backup', label: 'a thing', notifiers: [], clock, body, ...more })
}

async function all(run: AsyncIterable<BackupEvent>): Promise<BackupEvent[]> {
  const events: BackupEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

const typesOf = (events: readonly BackupEvent[]): string[] => events.map(({ type }) => type)

/** Something to wait for until the test opens it. */
function closedGate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

function notifier(notify: Notifier['notify'], more: Partial<Notifier> = {}): Notifier {
  return { contract: 1, name: 'bell', notify, ...more }
}

describe('a run', () => {
  test('is awaited for its result', async () => {
    expect(await start(async () => 7)).toBe(7)
    expect(await start(async () => 7).then((result) => result + 1)).toBe(8)
  })

  test('is iterated for its events, in the order in which they happen', async () => {
    const run = start(async ({ phase, warn, emit, meter }) => {
      phase('read', 100)
      meter.done(100)
      warn('something', 'do this')
      emit({ type: 'pack-stored', key: 'packs/00/00', sizeBytes: 1, adopted: false })
      phase('commit')
    })
    const events = await all(run)
    expect(typesOf(events)).toEqual([
      'run-start',
      'phase-start',
      'progress',
      'warning',
      'pack-stored',
      'progress',
      'phase-start',
      'run-end',
    ])
    expect(events[0]).toMatchObject({ label: 'a thing', operation: 'backup' })
    expect(new Set(events.map((event) => event.run))).toEqual(new Set([run.id]))
    expect(new Set(events.map(({ at }) => at))).toEqual(new Set([clock().getTime()]))
  })

  test('can be both, in either order', async () => {
    const run = start(async () => 7)
    expect(typesOf(await all(run))).toEqual(['run-start', 'run-end'])
    expect(await run).toBe(7)
    const other = start(async () => 8)
    expect(await other).toBe(8)
    expect(typesOf(await all(other))).toEqual(['run-start', 'run-end'])
  })

  test('tells events while it goes, not only at its end', async () => {
    const gate = closedGate()
    const run = start(async ({ phase }) => {
      phase('read')
      await gate.opened
    })
    const iterator = run[Symbol.asyncIterator]()
    expect([(await iterator.next()).value, (await iterator.next()).value]).toMatchObject([
      { type: 'run-start' },
      { type: 'phase-start' },
    ])
    gate.open()
    expect((await iterator.next()).value).toMatchObject({ type: 'run-end' })
    expect((await iterator.next()).done).toBe(true)
  })

  test('goes on when a reader stops listening', async () => {
    const run = start(async ({ phase }) => {
      phase('read')
      return 7
    })
    for await (const event of run) if (event.type === 'run-start') break
    expect(await run).toBe(7)
  })

  test('lets every reader come to an end', async () => {
    const gate = closedGate()
    const run = start(() => gate.opened)
    const readers = [all(run), all(run)]
    await Promise.resolve()
    gate.open()
    const events = (await Promise.all(readers)).flat()
    expect(typesOf(events).sort()).toEqual(['run-end', 'run-start'])
  })

  test('has an id that no other has', () => {
    expect(start(async () => 1).id).not.toBe(start(async () => 1).id)
  })

  test('sends events that survive JSON', async () => {
    const events = await all(start(async ({ phase }) => phase('read', 1)))
    expect(JSON.parse(JSON.stringify(events))).toEqual(events)
  })

  test('tells how long it took, and its summary', async () => {
    let now = 1000
    const run = startRun({
      operation: 'restore',
      label: '',
      notifiers: [],
      clock: () => new Date(now),
      body: async () => {
        now += 250
        return { id: 'ab' } as SnapshotInfo
      },
      summary: (snapshot) => ({ snapshot }),
    })
    expect((await all(run)).at(-1)).toMatchObject({
      type: 'run-end',
      durationMs: 250,
      operation: 'restore',
      snapshot: { id: 'ab' },
    })
  })
})

describe('a run that fails', () => {
  test('rejects with the error, and its last event tells kind, message and hint', async () => {
    const error = new BackupError('quota', 'The disk is full.', { hint: 'Make room.' })
    const run = start(async () => {
      throw error
    })
    expect((await all(run)).at(-1)).toMatchObject({
      type: 'run-error',
      error: { kind: 'quota', message: 'The disk is full.', hint: 'Make room.' },
    })
    await expect(run).rejects.toBe(error)
    expect(await run.catch((caught) => caught)).toBe(error)
  })

  test('with something that is no BackupError tells that too', async () => {
    const run = start(() => Promise.reject(new TypeError('oops')))
    expect((await all(run)).at(-1)).toMatchObject({
      type: 'run-error',
      error: { kind: 'permanent', message: 'oops' },
    })
  })

  test('does not end the program when nobody but an iterator listens', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    await all(start(() => Promise.reject(new Error('nobody awaits this'))))
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })

  test('runs what was to be done at last', async () => {
    const done = vi.fn<() => void>()
    await expect(start(() => Promise.reject(new Error('x'))).finally(done)).rejects.toThrow('x')
    await start(async () => 1).finally(done)
    expect(done).toHaveBeenCalledTimes(2)
  })
})

describe('a run that is cancelled', () => {
  const untilAborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    )

  test('rejects with kind cancelled, whatever the body made of it', async () => {
    const bodies: ((context: RunContext) => Promise<unknown>)[] = [
      ({ signal }) => untilAborted(signal),
      ({ signal }) => untilAborted(signal).catch(() => throwIfAborted(signal, 'reading')),
      ({ signal }) =>
        untilAborted(signal).catch((cause: unknown) =>
          Promise.reject(new BackupError('transient', 'Connection closed.', { cause })),
        ),
    ]
    for (const body of bodies) {
      const run = start(body)
      await Promise.resolve()
      run.cancel()
      await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
      expect((await all(run)).at(-1)).toMatchObject({ type: 'run-error', error: { kind: 'cancelled' } })
    }
  })

  test('hides nothing that was left half-way', async () => {
    const half = { altered: true, hint: 'Put safe.db in its place.' } as const
    const run = start(({ signal }) => untilAborted(signal).catch(() => Promise.reject(new BackupError('permanent', 'One of two is replaced.', half))))
    await Promise.resolve()
    run.cancel()
    await expect(run).rejects.toMatchObject({ kind: 'permanent', ...half })
    expect((await all(run)).at(-1)).toMatchObject({ type: 'run-error', error: { message: 'One of two is replaced.', ...half } })
  })

  test('keeps the reason as the cause', async () => {
    const run = start(({ signal }) => untilAborted(signal))
    await Promise.resolve()
    run.cancel('the user pressed a key')
    const error = (await run.catch((caught: unknown) => caught)) as Error
    expect(error.cause).toMatchObject({ message: 'the user pressed a key' })
  })

  test('by a signal from outside is no different', async () => {
    const controller = new AbortController()
    const run = start(({ signal }) => untilAborted(signal), { signal: controller.signal })
    await Promise.resolve()
    controller.abort()
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
  })

  test('before it began does nothing', async () => {
    const body = vi.fn<() => Promise<void>>()
    const run = start(body, { signal: AbortSignal.abort() })
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
    expect(body).not.toHaveBeenCalled()
    expect(typesOf(await all(run))).toEqual(['run-start', 'run-error'])
  })

  test('too late still has its result', async () => {
    const run = start(async () => 7)
    expect(await run).toBe(7)
    run.cancel()
    expect(await run).toBe(7)
  })
})

describe('a reader that is slow', () => {
  test('costs no memory: progress is dropped first, and the rest in order', async () => {
    const run = start(async ({ emit, warn }) => {
      for (let step = 0; step < 5000; step++) {
        emit({ type: 'progress', phase: 'read', doneBytes: step, movedBytes: 0, bytesPerSecond: 0 })
        if (step % 10 === 0) warn(`${step}`, '')
      }
    })
    await run
    const events = await all(run)
    expect(events.length).toBeLessThanOrEqual(1000)
    expect([events[0]!.type, events.at(-1)!.type]).toEqual(['run-start', 'run-end'])
    const warnings = events.filter((event) => event.type === 'warning').map(({ message }) => Number(message))
    expect(warnings).toEqual(Array.from({ length: 500 }, (_, at) => at * 10))
    const progress = events.filter((event) => event.type === 'progress').map(({ doneBytes }) => doneBytes)
    expect(progress.at(-1)).toBe(4999)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
  })

  test('of nothing but weighty events loses the oldest', async () => {
    const run = start(async ({ warn }) => {
      for (let step = 0; step < 3000; step++) warn(`${step}`, '')
    })
    await run
    const events = await all(run)
    expect(events.length).toBeLessThanOrEqual(1000)
    expect(events.at(-1)!.type).toBe('run-end')
  })
})

describe('a notifier', () => {
  test('is told every event it wants, in order', async () => {
    const [heard, wanted]: [string[], string[]] = [[], []]
    const run = start(async ({ phase }) => phase('read'), {
      notifiers: [
        notifier(async ({ type }) => void heard.push(type)),
        notifier(async ({ type }) => void wanted.push(type), { wants: ({ type }) => type === 'run-end' }),
      ],
    })
    await run
    expect(heard).toEqual(['run-start', 'phase-start', 'run-end'])
    expect(wanted).toEqual(['run-end'])
  })

  test.each<[string, Notifier]>([
    ['rejects', notifier(() => Promise.reject(new Error('no network')))],
    [
      'throws',
      notifier(() => {
        throw new Error('no network')
      }),
    ],
    [
      'throws when asked what it wants',
      notifier(async () => {}, {
        wants: () => {
          throw new Error('no network')
        },
      }),
    ],
  ])('that %s stops nothing: the failure is an event, and is told to nobody else', async (_, failing) => {
    const heard: string[] = []
    const run = start(
      async ({ phase }) => {
        phase('read')
        return 7
      },
      { notifiers: [failing, notifier(async ({ type }) => void heard.push(type))] },
    )
    expect(await run).toBe(7)
    const events = await all(run)
    expect(events.filter(({ type }) => type === 'notify-error')).toHaveLength(3)
    expect(events.find(({ type }) => type === 'notify-error')).toMatchObject({
      notifier: 'bell',
      message: 'no network',
    })
    expect(heard).toEqual(['run-start', 'phase-start', 'run-end'])
  })

  test('is waited for before the run ends', async () => {
    let told = false
    await start(async () => {}, {
      notifiers: [
        notifier(async ({ type }) => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          if (type === 'run-end') told = true
        }),
      ],
    })
    expect(told).toBe(true)
  })

  test('hears of a cancelled run, and is not cancelled with it', async () => {
    const signals: (AbortSignal | undefined)[] = []
    const run = start(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      {
        notifiers: [
          notifier(async (_, { signal }) => void signals.push(signal), {
            wants: ({ type }) => type === 'run-error',
          }),
        ],
      },
    )
    await Promise.resolve()
    run.cancel()
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
    expect(signals.map((signal) => signal?.aborted)).toEqual([false])
  })

  describe('that never answers', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    test('is given up after 30 s, and the run has its result', async () => {
      let given: AbortSignal | undefined
      const silent = notifier(
        (_, { signal }) => {
          given = signal
          return new Promise(() => {})
        },
        { wants: ({ type }) => type === 'run-end' },
      )
      const run = start(async () => 7, { notifiers: [silent] })
      const settled = vi.fn<() => void>()
      void run.then(settled)
      await vi.advanceTimersByTimeAsync(29_000)
      expect(settled).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1001)
      expect(settled).toHaveBeenCalledOnce()
      expect(await run).toBe(7)
      expect(given?.aborted).toBe(true)
      expect((await all(run)).at(-1)).toMatchObject({
        type: 'notify-error',
        notifier: 'bell',
        message: expect.stringContaining('30 s'),
      })
    })
  })
})
