import { expect, test } from 'vitest'
import type { BackupEvent } from '../events.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { type Message, messenger, type MessengerOptions } from './messenger.ts'
import { isAlertOrFailure } from './notice.ts'

const common = { run: 'r', at: 0 } as const
const alert = {
  id: 'overdue',
  severity: 'critical',
  title: 'No backup',
  message: 'm',
  action: 'a',
  since: 0,
} as const
const raised: BackupEvent = { ...common, operation: 'watch', type: 'alert-raised', alert, reminder: false }
const failed: BackupEvent = {
  ...common,
  operation: 'backup',
  type: 'run-error',
  durationMs: 1,
  error: { kind: 'quota', message: 'Full.', hint: 'Tidy.' },
}
const started = (label: string): BackupEvent => ({ ...common, operation: 'backup', type: 'run-start', label })

function stage(options: Partial<MessengerOptions> = {}) {
  const clock = fakeClock()
  const sent: Message[] = []
  const send = async (message: Message): Promise<void> => void sent.push(message)
  const notifier = messenger({ plugin: 'post', most: 10, timers: clock, send, ...options })
  /** As core tells: what is not wanted is not told. */
  const tell = (...events: BackupEvent[]): Promise<unknown> =>
    clock.settle(
      Promise.all(
        events.filter((event) => notifier.wants?.(event)).map((event) => notifier.notify(event, {})),
      ),
    )
  return { sent, tell }
}

test('people are told of alerts, and of nothing else unless asked', async () => {
  const { sent, tell } = stage()
  await tell(failed, raised)
  expect(sent.map(({ notices }) => notices.map(({ title }) => title))).toEqual([['No backup']])
})

test('failures are told to those who want them', async () => {
  const { sent, tell } = stage({ wants: isAlertOrFailure })
  await tell(failed, raised)
  expect(sent.map(({ notices }) => notices.map(({ title }) => title))).toEqual([
    ['The backup failed', 'No backup'],
  ])
})

test('a message is about the source whose run was told of', async () => {
  const { sent, tell } = stage()
  await tell(raised)
  await tell(started('store.db'), raised)
  expect(sent.map(({ subject }) => subject)).toEqual(['', 'store.db'])
})

test('with several sources no message names the wrong one', async () => {
  const { sent, tell } = stage()
  await tell(started('store.db'), started('till.db'), raised)
  expect(sent.map(({ subject }) => subject)).toEqual([''])
})

const about = (label: string): BackupEvent => ({ ...raised, label }) as BackupEvent

test('a message is about the source that the alert is about, whoever else was told of', async () => {
  const { sent, tell } = stage()
  await tell(about('store.db'))
  await tell(started('till.db'), about('store.db'))
  expect(sent).toMatchObject([
    { subject: 'store.db', notices: [{ title: 'No backup' }] },
    { subject: 'store.db', notices: [{ title: 'No backup' }] },
  ])
})

test('in a message about several sources, each title names its own', async () => {
  const { sent, tell } = stage()
  await tell(about('store.db'), about('till.db'))
  expect(sent).toMatchObject([
    { subject: '', notices: [{ title: 'store.db: No backup' }, { title: 'till.db: No backup' }] },
  ])
})

test('with several sources, a name that was given does not hide which one is meant', async () => {
  const { sent, tell } = stage({ subject: 'iron-store' })
  await tell(about('store.db'))
  await tell(about('till.db'))
  expect(sent).toMatchObject([
    { subject: 'iron-store', notices: [{ title: 'No backup' }] },
    { subject: 'iron-store', notices: [{ title: 'till.db: No backup' }] },
  ])
})

test('a name that was given is what a message is about', async () => {
  const { sent, tell } = stage({ subject: 'iron-store' })
  await tell(started('store.db'), raised)
  expect(sent.map(({ subject }) => subject)).toEqual(['iron-store'])
})

test('an event that says nothing to people sends nothing', async () => {
  const { sent, tell } = stage({ wants: () => true })
  await tell({ ...common, operation: 'backup', type: 'phase-start', phase: 'read' })
  expect(sent).toEqual([])
})
