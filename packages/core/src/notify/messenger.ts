import type { Notifier } from '../contract/notifier.ts'
import { contract } from '../contract/version.ts'
import type { BackupEvent } from '../events.ts'
import type { Timers } from '../provider/timers.ts'
import { createDelivery, type DeliveryCall } from './delivery.ts'
import { isAlert, matterOf, noticeOf, type Notice } from './notice.ts'

export interface MessengerOptions {
  /** Of the notifier. */
  readonly plugin: string
  /** What the messages are about. [the label of the source] */
  readonly subject?: string | undefined
  /** Which events. [alerts] */
  readonly wants?: ((event: BackupEvent) => boolean) | undefined
  /** Milliseconds that a notice waits for others that go into the same message. [2000] */
  readonly gatherMs?: number | undefined
  /** So many notices in one message. */
  readonly most: number
  /** One attempt is given up after so many milliseconds. [15,000] */
  readonly attemptMs?: number | undefined
  /** [the system's] */
  readonly timers?: Timers | undefined
  /**
   * Sends one message. It throws a `BackupError`; a `retryable` one is tried again with the same notices, and
   * those that came meanwhile.
   */
  readonly send: (message: Message, call: Pick<DeliveryCall, 'signal'>) => Promise<void>
}

export interface Message {
  /** What it is about; empty when nobody has said, or it is about several sources. */
  readonly subject: string
  /** At least one, in the order in which they happened. Where the subject does not say which source is meant, their titles do. */
  readonly notices: readonly Notice[]
  /** So many earlier ones were left out, because too many waited. */
  readonly lost: number
}

/**
 * A notifier that writes to people: gathers what happens within a short time into one message, tries again
 * what could not be sent, and never sends two messages at a time. Mail and chats are made of it, and one of
 * your own can be.
 *
 * @example
 * ```ts
 * const pager = (number: string): Notifier =>
 *   messenger({
 *     plugin: 'pager',
 *     most: 5,
 *     send: async ({ subject, notices }) => sendText(number, `${subject}: ${notices[0]?.title}`),
 *   })
 * ```
 */
export function messenger(options: MessengerOptions): Notifier {
  const { plugin, wants = isAlert, gatherMs = 2000, most, attemptMs = 15_000, timers, send } = options
  const labels = new Set<string>()
  const learn = (label: string | undefined): void => {
    if (label !== undefined && labels.size < 2) labels.add(label)
  }
  const about = (notices: readonly Notice[]): Pick<Message, 'subject' | 'notices'> => {
    const [only, ...others] = new Set(notices.map(({ label }) => label ?? (labels.size === 1 ? [...labels][0] : '')))
    const subject = options.subject ?? (others.length === 0 ? only! : '')
    return { subject, notices: labels.size < 2 ? notices : notices.map((notice) => titledFor(subject, notice)) }
  }
  const delivery = createDelivery<Notice>({
    plugin,
    gatherMs,
    most,
    attemptMs,
    timers,
    deliver: (notices, { signal, lost }) => send({ ...about(notices), lost }, { signal }),
  })
  return {
    contract,
    name: plugin,
    wants: (event) => (event.type === 'run-start' && options.subject === undefined) || wants(event),
    async notify(event, { signal }) {
      if ('label' in event) learn(event.label)
      const notice = wants(event) ? noticeOf(event) : undefined
      if (notice) await delivery.add(notice, signal, matterOf(event))
    },
  }
}

/** One notifier for several sources: what the message is about does not say which one a notice means. */
function titledFor(subject: string, notice: Notice): Notice {
  const { label, title } = notice
  return label === undefined || label === subject ? notice : { ...notice, title: `${label}: ${title}` }
}
