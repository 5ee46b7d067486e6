import type { Notifier } from '../contract/notifier.ts'
import { BackupError } from '../errors.ts'
import type { BackupEvent, Failure, Operation } from '../events.ts'
import { hex } from '../format/text.ts'

/** An event without what every event has. */
export type EventBody = BackupEvent extends infer Event
  ? Event extends BackupEvent
    ? Omit<Event, 'operation' | 'run' | 'at'>
    : never
  : never

export interface AnnouncerOptions {
  readonly operation: Operation
  readonly clock: () => Date
  readonly notifiers: readonly Notifier[]
  /** Is given every event too. */
  readonly also?: (event: BackupEvent) => void
}

export interface Announcer {
  /** What the events have in common. */
  readonly run: string
  emit(body: EventBody): void
  /** The same, and waits. @returns whether somebody took it; also when nobody wants to know */
  deliver(body: EventBody): Promise<boolean>
  /** Resolves when every notifier has been told, or has not answered for long enough. */
  notified(): Promise<unknown>
}

/** A notifier that does not answer must not keep a run from ending. */
const noticeMs = 30_000

/** Tells notifiers what happens in one run, or beside all runs. */
export function announcer({ operation, clock, notifiers, also }: AnnouncerOptions): Announcer {
  const run = hex(crypto.getRandomValues(new Uint8Array(8)))
  const notices = new Set<Promise<Receipt>>()

  const send = (body: EventBody): Promise<Receipt>[] => {
    const event = { ...body, operation, run, at: clock().getTime() } as BackupEvent
    also?.(event)
    if (event.type === 'notify-error') return []
    return notifiers.map((notifier) => {
      const notice = tell(notifier, event).catch((error: unknown): Receipt => {
        const { message, foreign } = describe(error)
        send({ type: 'notify-error', notifier: notifier.name, message, ...(foreign && { foreign }) })
        return 'lost'
      })
      notices.add(notice)
      void notice.finally(() => notices.delete(notice))
      return notice
    })
  }
  return {
    run,
    emit: (body) => void send(body),
    async deliver(body) {
      const wanted = (await Promise.all(send(body))).filter((receipt) => receipt !== 'unwanted')
      return wanted.length === 0 || wanted.includes('taken')
    },
    notified: () => Promise.all(notices),
  }
}

type Receipt = 'taken' | 'unwanted' | 'lost'

/** Cancelling the run does not stop it: that it was cancelled is news too. */
async function tell(notifier: Notifier, event: BackupEvent): Promise<Receipt> {
  if (notifier.wants && !notifier.wants(event)) return 'unwanted'
  const patience = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `"${notifier.name}" did not answer within ${noticeMs / 1000} s.`
      const error = new BackupError('transient', message, { plugin: notifier.name })
      patience.abort(error)
      reject(error)
    }, noticeMs)
  })
  try {
    await Promise.race([notifier.notify(event, { signal: patience.signal }), late])
    return 'taken'
  } finally {
    clearTimeout(timer)
  }
}

/** An error as events carry it. */
export function describe(error: unknown): Failure {
  if (BackupError.is(error)) return { kind: error.kind, message: error.message, hint: error.hint, ...(error.altered && { altered: true }) }
  return { kind: 'permanent', message: error instanceof Error ? error.message : String(error), hint: 'See the cause.', foreign: true }
}

/** The same for whoever reads it later, or elsewhere: what something foreign said is for those who saw it happen. */
export function inOurWords(error: unknown): Omit<Failure, 'foreign'> {
  const { foreign, ...failure } = describe(error)
  if (!foreign) return failure
  const what = error instanceof Error ? error.name : typeof error
  return { ...failure, message: `Something outside of the backup failed (${what}).`, hint: 'See what the program itself logged, and run again.' }
}
