import type { BackupEvent, Failure } from '@backup/core'

const outside = { message: 'Something outside of the backup failed.', hint: 'The log of the program says why.' }

/** A failure as anybody may read it: what something foreign said may hold anything. */
export function masked({ foreign, ...failure }: Failure): Omit<Failure, 'foreign'> {
  return foreign ? { ...failure, ...outside } : failure
}

/** The same of an event. */
export function maskedEvent(event: BackupEvent): BackupEvent {
  if (event.type === 'run-error') return { ...event, error: masked(event.error) }
  if (event.type === 'notify-error' && event.foreign) return { ...event, message: outside.message }
  return event
}
