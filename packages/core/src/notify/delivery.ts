import { BackupError } from '../errors.ts'
import { systemTimers, type Timers } from '../provider/timers.ts'

export interface DeliveryOptions<Item> {
  /** The notifier, by its `name`. */
  readonly plugin: string
  /** Delivers all of them or throws. It may be given the same again after it threw. */
  readonly deliver: (items: readonly Item[], call: DeliveryCall) => Promise<void>
  /** Milliseconds that the first one waits for others that go with it. */
  readonly gatherMs: number
  /** So many in one delivery. */
  readonly most: number
  /** One delivery is given up after so many milliseconds. */
  readonly attemptMs: number
  /** [the system's] */
  readonly timers?: Timers | undefined
}

export interface DeliveryCall {
  readonly signal: AbortSignal
  /** So many were left out since the last delivery, because too many waited. */
  readonly lost: number
}

export interface Delivery<Item> {
  /**
   * Resolves when it was delivered. Rejects when it is refused for good, or not delivered within 20 seconds
   * or before the signal fires; in these two cases it stays in line, and is tried again as long as the
   * program runs, or until something about the same matter is handed in.
   *
   * @param matter see {@link matterOf}
   */
  add(item: Item, signal: AbortSignal | undefined, matter?: string): Promise<void>
}

/** A run waits for its notifiers, so there is an end to it; core itself waits for 30 seconds. */
const patienceMs = 20_000
const firstPauseMs = 1000
const longestPauseMs = 15 * 60_000
/** So many may wait; then the oldest are left out. */
const mostWaiting = 200

interface Entry<Item> {
  readonly item: Item
  readonly matter: string | undefined
  failure?: BackupError
  /** Stops the delivery that is under way with it. */
  stop?: () => void
  settle?: (failure?: BackupError) => void
}

/**
 * Delivers what is handed in, one delivery at a time, in order. What comes while another one waits or is
 * under way goes together. What fails and is worth it is tried again, after longer and longer pauses; news
 * shortens a pause.
 */
export function createDelivery<Item>(options: DeliveryOptions<Item>): Delivery<Item> {
  const { plugin, deliver, gatherMs, most, attemptMs, timers = systemTimers } = options
  let waiting: Entry<Item>[] = []
  let timer: unknown
  let dueAt = Infinity
  let busy = false
  let failures = 0
  /** Nothing may be tried before: the other side has said so, or it has just failed. */
  let closedUntil = 0
  let lost = 0

  const plan = (at: number): void => {
    timers.clearTimeout(timer)
    dueAt = at
    timer = timers.setTimeout(() => void work(), Math.max(0, at - timers.now()))
    // Whoever waits has a timer of their own; what nobody waits for must not keep a program from ending.
    detach(timer)
  }

  const work = async (): Promise<void> => {
    dueAt = Infinity
    busy = true
    waiting = withoutRepeated(waiting)
    const batch = waiting.slice(0, most)
    const failure = await attempt(batch)
    busy = false
    if (!failure || !failure.retryable) {
      waiting = waiting.filter((entry) => !batch.includes(entry))
      failures = 0
      for (const entry of batch) entry.settle?.(failure)
      if (waiting.length > 0) plan(Math.max(timers.now(), closedUntil))
      return
    }
    for (const entry of batch) entry.failure = failure
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures++)
    closedUntil = timers.now() + Math.max(firstPauseMs, failure.retryAfterMs ?? 0)
    plan(Math.max(closedUntil, timers.now() + pauseMs * (1 + Math.random()) * 0.75))
  }

  const attempt = async (batch: readonly Entry<Item>[]): Promise<BackupError | undefined> => {
    const controller = new AbortController()
    let stop!: (reason: BackupError) => void
    const stopped = new Promise<never>((_, reject) => {
      stop = (reason) => {
        controller.abort(reason)
        reject(reason)
      }
    })
    const late = (): void =>
      stop(new BackupError('transient', `${plugin} got no answer within ${attemptMs / 1000} s.`, { plugin }))
    const limit = timers.setTimeout(late, attemptMs)
    for (const entry of batch) {
      entry.stop = () =>
        stop(new BackupError('transient', `${plugin} was stopped before it got an answer.`, { plugin }))
    }
    const told = lost
    try {
      await Promise.race([
        deliver(
          batch.map(({ item }) => item),
          { signal: controller.signal, lost: told },
        ),
        stopped,
      ])
      lost -= told
      return undefined
    } catch (error) {
      if (controller.signal.aborted) return controller.signal.reason as BackupError
      if (BackupError.is(error)) return error
      return new BackupError(
        'permanent',
        `${plugin} failed: ${error instanceof Error ? error.name : typeof error}.`,
        { plugin },
      )
    } finally {
      timers.clearTimeout(limit)
      for (const entry of batch) delete entry.stop
    }
  }

  const makeRoom = (): void => {
    if (waiting.length < mostWaiting) return
    const oldest = waiting.find((entry) => !entry.stop)
    if (!oldest) return
    waiting = waiting.filter((entry) => entry !== oldest)
    lost++
    oldest.settle?.(leftOut(plugin))
  }

  return {
    add(item, signal, matter) {
      makeRoom()
      const entry: Entry<Item> = { item, matter }
      waiting.push(entry)
      return new Promise((resolve, reject) => {
        const giveUp = (): void =>
          entry.settle?.(
            entry.failure ??
              new BackupError('transient', `${plugin} has not delivered in time.`, {
                plugin,
                hint: stillInLine,
              }),
          )
        const abort = (): void => {
          entry.stop?.()
          giveUp()
        }
        const patience = timers.setTimeout(giveUp, patienceMs)
        entry.settle = (failure) => {
          delete entry.settle
          timers.clearTimeout(patience)
          signal?.removeEventListener('abort', abort)
          if (failure) reject(failure)
          else resolve()
        }
        signal?.addEventListener('abort', abort, { once: true })
        if (!busy) plan(Math.min(dueAt, Math.max(timers.now() + gatherMs, closedUntil)))
      })
    },
  }
}

/** Who was told that it has not arrived says it again: it is to arrive once. */
function withoutRepeated<Item>(waiting: readonly Entry<Item>[]): Entry<Item>[] {
  const newest = new Map(waiting.map((entry) => [entry.matter, entry]))
  return waiting.filter((entry) => entry.settle || entry.matter === undefined || newest.get(entry.matter) === entry)
}

const stillInLine = 'It stays in line and is tried again as long as the program runs.'

function leftOut(plugin: string): BackupError {
  const message = `${plugin}: more than ${mostWaiting} messages wait; this one was left out.`
  return new BackupError('permanent', message, { plugin, hint: 'Find out why nothing can be delivered.' })
}

/** Node keeps running for a timer unless told; elsewhere timers are numbers. */
function detach(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
}
