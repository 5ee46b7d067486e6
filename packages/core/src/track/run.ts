import type { Notifier } from '../contract/notifier.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { BackupEvent, Operation, Phase } from '../events.ts'
import { type EventBody, announcer, describe } from './announcer.ts'
import { type Meter, createMeter } from './meter.ts'

/**
 * An operation that is under way: await it for the result, iterate over it for events, or both.
 *
 * @example
 * ```ts
 * const run = backup.run()
 * for await (const event of run) if (event.type === 'progress') console.log(event.doneBytes)
 * const snapshot = await run
 * ```
 */
export interface Run<Result> extends PromiseLike<Result>, AsyncIterable<BackupEvent> {
  /** The same in all events. */
  readonly id: string
  /** Stops it. The result rejects with kind `cancelled`. What was stored is used again next time. */
  cancel(reason?: string): void
  catch<Other>(handle: (error: unknown) => Other | PromiseLike<Other>): Promise<Result | Other>
  finally(handle: () => void): Promise<Result>
}

/** What the body of a run works with. */
export interface RunContext {
  readonly signal: AbortSignal
  readonly meter: Meter
  /** Keys of calls that had to be repeated. */
  readonly retried: Set<string>
  emit(event: EventBody): void
  phase(phase: Phase, totalBytes?: number): void
  warn(message: string, hint: string): void
}

export interface RunOptions<Result> {
  readonly operation: Operation
  readonly label: string
  readonly signal?: AbortSignal | undefined
  readonly notifiers: readonly Notifier[]
  readonly clock: () => Date
  readonly body: (context: RunContext) => Promise<Result>
  /** Is given every event too. */
  readonly also?: (event: BackupEvent) => void
  /** What the last event says about the result. */
  readonly summary?: (result: Result) => Pick<Extract<BackupEvent, { type: 'run-end' }>, 'snapshot'>
}

/** Events kept for a reader that has not come yet; progress is dropped first, so a slow reader costs no memory. */
const keptEvents = 1000

export function startRun<Result>(options: RunOptions<Result>): Run<Result> {
  const { operation, clock } = options
  const controller = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, controller.signal]) : controller.signal
  const queue = eventQueue()
  const also = (event: BackupEvent): void => {
    queue.push(event)
    options.also?.(event)
  }
  const { run: id, emit, notified } = announcer({ operation, clock, notifiers: options.notifiers, also })
  const context: RunContext = {
    signal,
    retried: new Set(),
    emit,
    meter: createMeter((progress) => emit({ type: 'progress', ...progress }), () => clock().getTime()),
    phase(phase, totalBytes) {
      context.meter.phase(phase, totalBytes)
      emit({ type: 'phase-start', phase })
    },
    warn: (message, hint) => emit({ type: 'warning', message, hint }),
  }

  const work = async (): Promise<Result> => {
    const startedAt = clock().getTime()
    emit({ type: 'run-start', label: options.label })
    try {
      throwIfAborted(signal, 'starting')
      const result = await options.body(context)
      emit({ type: 'run-end', durationMs: clock().getTime() - startedAt, ...options.summary?.(result) })
      return result
    } catch (cause) {
      // What stops half-way may fail in many ways; the caller asked for one of them. What it says is left half-way must be heard.
      const stopped = signal.aborted && !(BackupError.is(cause) && (cause.kind === 'cancelled' || cause.altered))
      const error = stopped ? new BackupError('cancelled', 'Cancelled.', { cause }) : cause
      emit({ type: 'run-error', durationMs: clock().getTime() - startedAt, error: describe(error) })
      throw error
    } finally {
      await notified()
      queue.end()
    }
  }
  // Started in the next turn, so that a reader that iterates at once misses nothing.
  const promise = Promise.resolve().then(work)
  // Whoever only iterates is told by `run-error`; that must not count as an unhandled rejection.
  promise.catch(() => {})

  return {
    id,
    cancel: (reason = 'cancelled by the caller') => controller.abort(new Error(reason)),
    then: (resolved, rejected) => promise.then(resolved, rejected),
    catch: (handle) => promise.catch(handle),
    finally: (handle) => promise.finally(handle),
    [Symbol.asyncIterator]: () => queue.read(),
  }
}

function eventQueue(): { push(event: BackupEvent): void; end(): void; read(): AsyncIterator<BackupEvent> } {
  const events: BackupEvent[] = []
  let ended = false
  const waiting: (() => void)[] = []
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  return {
    push(event) {
      if (events.length >= keptEvents) {
        const progress = events.findIndex((kept) => kept.type === 'progress')
        events.splice(Math.max(0, progress), 1)
      }
      events.push(event)
      wake()
    },
    end() {
      ended = true
      wake()
    },
    async *read() {
      for (;;) {
        while (events.length > 0) yield events.shift()!
        if (ended) return
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}
