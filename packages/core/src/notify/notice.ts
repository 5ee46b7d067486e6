import type { Alert, BackupEvent, Operation } from '../events.ts'

/** What an event means to people, in plain words. Every notifier that writes to people uses the same. */
export interface Notice {
  /** `solved`: what an earlier notice said is over. */
  readonly level: 'critical' | 'warning' | 'solved' | 'info'
  /** One line: `No backup for 3 hours`. */
  readonly title: string
  /** Empty when the title says it all. */
  readonly message: string
  /** What to do about it; empty when there is nothing to do. */
  readonly action: string
  /** Milliseconds since 1970: when it was said. */
  readonly at: number
  /** Milliseconds since 1970: since when it has been so, where that is known. */
  readonly since?: number
  /** The same for the same matter. */
  readonly id: string
  /** The label of the source that it is about, where the event says so. */
  readonly label?: string
}

type Words = Omit<Notice, 'at' | 'label'>
type Told<Type extends BackupEvent['type']> = Extract<BackupEvent, { type: Type }>

/**
 * What to tell people about an event.
 *
 * @returns `undefined` for events that are news to programs alone, such as `progress`
 *
 * @example
 * ```ts
 * for await (const event of run) {
 *   const notice = noticeOf(event)
 *   if (notice) console.log(`${notice.title}. ${notice.message} ${notice.action}`)
 * }
 * ```
 */
export function noticeOf(event: BackupEvent): Notice | undefined {
  const words = (phrases as Record<string, ((event: never) => Words) | undefined>)[event.type]?.(
    event as never,
  )
  if (!words) return undefined
  const label = 'label' in event ? event.label : undefined
  return { ...words, at: event.at, ...(label !== undefined && { label }) }
}

/**
 * Is it about an alert: raised, still there, or over? What notifiers that write to people want unless told
 * otherwise.
 */
export function isAlert(event: BackupEvent): boolean {
  return event.type === 'alert-raised' || event.type === 'alert-cleared'
}

/** An alert, or an operation that failed, but not one that was cancelled. For `wants` of notifiers. */
export function isAlertOrFailure(event: BackupEvent): boolean {
  return isAlert(event) || (event.type === 'run-error' && event.error.kind !== 'cancelled')
}

/**
 * What an event is about, where news take the place of what was said before and has not arrived: that an
 * alert is raised, or that it is over.
 */
export function matterOf(event: BackupEvent): string | undefined {
  if (event.type !== 'alert-raised' && event.type !== 'alert-cleared') return undefined
  return JSON.stringify([event.type, event.label ?? '', event.alert.id])
}

/** What failed, as the beginning of a sentence. */
const operations: Readonly<Record<Operation, string>> = {
  backup: 'The backup',
  restore: 'The restore',
  verify: 'The verification',
  retain: 'Applying the retention',
  collect: 'Freeing space',
  scrub: 'The scrub',
  drill: 'The recovery drill',
  keys: 'The change of keys',
  watch: 'Watching over the backups',
  replicate: 'Copying between providers',
}

const phrases: { readonly [Type in BackupEvent['type']]?: (event: Told<Type>) => Words } = {
  'alert-raised': ({ alert, reminder }) => ({
    ...ofAlert(alert),
    level: alert.severity,
    title: reminder ? `Still: ${alert.title}` : alert.title,
  }),

  'alert-cleared': ({ alert }) => ({
    ...ofAlert(alert),
    level: 'solved',
    title: `Solved: ${alert.title}`,
    message: 'This is over. Nothing needs to be done.',
    action: '',
  }),

  'run-error': ({ operation, error: { kind, message, hint } }) => ({
    id: `${operation}-failed`,
    level: kind === 'cancelled' ? 'info' : 'critical',
    title: `${operations[operation]} ${kind === 'cancelled' ? 'was cancelled' : 'failed'}`,
    message,
    action: hint,
  }),

  'run-end': ({ operation, durationMs, snapshot }) => ({
    id: `${operation}-done`,
    level: 'info',
    title: `${operations[operation]} is done`,
    message: snapshot
      ? `Snapshot ${snapshot.id.slice(0, 12)}, after ${inWords(durationMs)}.`
      : `After ${inWords(durationMs)}.`,
    action: '',
  }),

  'snapshot-suspect': ({ snapshot, findings }) => ({
    id: `suspect:${snapshot}`,
    level: 'critical',
    title: `Snapshot ${snapshot.slice(0, 12)} holds damaged data`,
    message: findings.join('\n'),
    action: 'Check the live data. Nothing older is removed until a sound snapshot follows.',
  }),

  warning: ({ message, hint }) => ({
    id: 'warning',
    level: 'warning',
    title: message,
    message: '',
    action: hint,
  }),

  'provider-away': ({ location, reason: { message, hint } }) => ({
    id: `provider:${location}`,
    level: 'warning',
    title: `${location} does not work`,
    message,
    action: hint,
  }),

  'provider-back': ({ location }) => ({
    id: `provider:${location}`,
    level: 'solved',
    title: `${location} works again`,
    message: 'It gets what it lacks.',
    action: '',
  }),

  'copies-missing': ({ location, objects }) => ({
    id: `copies:${location}`,
    level: 'warning',
    title: `${location} lacks ${objects} ${objects === 1 ? 'object' : 'objects'}`,
    message: 'They are on their way from another provider.',
    action: '',
  }),

  'copy-healed': ({ location, key }) => ({
    id: `healed:${location}`,
    level: 'warning',
    title: `${location} held a damaged copy`,
    message: `${key} was replaced by a good copy.`,
    action: 'Check this disk or account if it happens again.',
  }),
}

function ofAlert({ id, message, action, since }: Alert): Omit<Words, 'level' | 'title'> {
  return { id: `alert:${id}`, message, action, since }
}

/** A span of time, roughly: `3 hours`. */
export function inWords(ms: number): string {
  const [unitMs, unit] = spans.find(([unitMs]) => ms >= 2 * unitMs) ?? second
  const count = Math.max(0, Math.floor(ms / unitMs))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const second = [1000, 'second'] as const
const spans = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute'], second] as const
