import type { ReplicationEvent } from '../events.ts'

/** An event without what every event has, and the warnings that are no event of their own. */
export type ReplicationNews = ReplicationEvent extends infer Event
  ? Event extends ReplicationEvent
    ? Omit<Event, 'operation' | 'run' | 'at'>
    : never
  : never

export type TellReplication = (news: ReplicationNews) => void
