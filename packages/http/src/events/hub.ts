import type { HelloEvent, LogEntryJson, LogQuery, StreamEvent } from '../wire/events.ts'
import { secret } from '../confirm/confirmations.ts'

/** One event, with the id to go on from. */
export interface Frame {
  readonly id: string
  readonly event: StreamEvent
}

/** Tells everybody who listens, and remembers the last of it for those who come back. */
export interface Hub {
  publish(event: Exclude<StreamEvent, HelloEvent | { type: 'log' }>): void
  log(entry: Omit<LogEntryJson, 'id'>): void
  /** What came after this id; nothing when that is not known any more. */
  after(id: string): readonly Frame[] | undefined
  /** The id of the newest. */
  last(): string
  /** Lines of the log, newest first. */
  entries(query: LogQuery): readonly LogEntryJson[]
  subscribe(listener: Listener): () => void
  /** Everybody is let go. */
  close(): void
}

export interface Listener {
  frame(frame: Frame): void
  closed(): void
}

const keptFrames = 1000
const keptEntries = 1000

export function createHub(): Hub {
  // Ids of another process must not be taken for ours.
  const epoch = secret().slice(0, 12)
  const listeners = new Set<Listener>()
  let frames: Frame[] = []
  const entries: LogEntryJson[] = []
  let count = 0
  /** The number of the newest frame that is not there any more, and was not made useless by a later one. */
  let lost = 0

  const idOf = (number: number): string => `${epoch}-${number}`
  const numberOf = (id: string): number | undefined => {
    const [ofEpoch, number = ''] = id.split('-')
    return ofEpoch === epoch && /^\d{1,15}$/.test(number) && Number(number) <= count ? Number(number) : undefined
  }
  const send = (make: (id: string) => StreamEvent): void => {
    const id = idOf(++count)
    const frame = { id, event: make(id) }
    // Of a job only the last frame counts: progress must not push out what else was told.
    const { event } = frame
    if (event.type === 'job') frames = frames.filter((other) => other.event.type !== 'job' || other.event.job.id !== event.job.id)
    frames.push(frame)
    if (frames.length > keptFrames) lost = numberOf(frames.shift()!.id)!
    for (const listener of listeners) listener.frame(frame)
  }

  return {
    publish: (event) => send(() => event),
    log(line) {
      send((id) => {
        const entry = { id, ...line }
        entries.push(entry)
        if (entries.length > keptEntries) entries.shift()
        return { type: 'log', entry }
      })
    },
    after(id) {
      const number = numberOf(id)
      if (number === undefined || number < lost) return undefined
      return frames.filter((frame) => numberOf(frame.id)! > number)
    },
    last: () => idOf(count),
    entries({ limit = 100, after }) {
      const since = after === undefined ? 0 : (numberOf(after) ?? 0)
      return entries.filter(({ id }) => numberOf(id)! > since).reverse().slice(0, limit)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      for (const listener of listeners) listener.closed()
      listeners.clear()
    },
  }
}
