import type { Notifier } from '@backup/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inbox } from './inbox.ts'
import { day, hour, minute, passTime, used } from './world.ts'

/** Whoever gets a hundred messages reads none of them. */

beforeEach(passTime)
afterEach(() => vi.restoreAllMocks())

test('one cause with many consequences is one message, and one when it is over, however long it lasts and whoever restarts', async () => {
  const targets = { rpo: '1h', copies: '1h', success: 0.99 } as const
  const made = await used({ config: { copies: { required: 2 }, targets } })
  const look = async () => {
    await made.backup.checkHealth()
    return made.inbox.unread()
  }
  made.cloud.fault = 'auth'
  made.pass(15 * minute)
  await expect(made.backup.run()).rejects.toThrow('The password was changed.')

  const first = await look()
  const title = `${made.cloud.location} asks for a new sign-in`
  const text = expect.stringContaining('It follows: The last backup failed')
  expect(first.mails).toEqual([{ subject: `[backup] store.db: ${title}`, text }])
  expect(first.posts).toMatchObject([{ type: 'alert-raised', alert: { id: `sign-in:${made.cloud.location}`, severity: 'critical' } }])

  // A night: every quarter of an hour a backup fails, copies are late, and few of the week have succeeded.
  for (let quarter = 0; quarter < 48; quarter++) {
    made.pass(15 * minute)
    await expect(made.backup.run()).rejects.toThrow(/^(The password was changed|1 of the 2 required providers|1 of at least 2 providers)/)
    if (quarter === 24) await made.restart()
    expect(await look()).toEqual({ mails: [], posts: [] })
  }
  const ids = (await made.backup.health()).reasons.map(({ id }) => id.split(':')[0])
  expect(ids).toEqual(expect.arrayContaining(['sign-in', 'backup-failing', 'copies-too-few', 'copies-late', 'success-low']))

  made.cloud.fault = undefined
  await made.backup.sync()
  await made.backup.run()
  expect(await look()).toEqual({ mails: [], posts: [] })
  made.pass(10 * minute)
  const over = await look()
  expect(over.mails.map(({ subject }) => subject)).toEqual([`[backup] store.db: Solved: ${title}`])
  expect(over.posts).toMatchObject([{ type: 'alert-cleared' }])
})

test('what is still wrong after a day is told again, once', async () => {
  const made = await used({ config: { targets: { rpo: '1h' } } })
  const subjects = async () => {
    await made.backup.checkHealth()
    return (await made.inbox.unread()).mails.map(({ subject }) => subject)
  }
  made.pass(5 * hour)
  expect(await subjects()).toEqual(['[backup] store.db: No good backup for 5 hours'])
  made.pass(day)
  expect(await subjects()).toEqual(['[backup] store.db: Still: No good backup for 29 hours'])
  expect(await subjects()).toEqual([])
})

test('several sources that share a notifier: one mail, that says which is which', async () => {
  let told = 0
  let begin = (): void => {}
  const begins = new Promise<void>((resolve) => void (begin = resolve))
  const quick = await inbox({ gatherMs: 300, isQuick: true, begins })
  // For the mail no time passes before the last of the three has said what it has to say.
  const counter: Notifier = { ...quick.notify[0]!, name: 'counter', notify: async () => void (++told === 3 && begin()) }
  const shared = { ...quick, notify: [...quick.notify, counter] }
  const config = { targets: { rpo: '1h' } } as const
  const all = await Promise.all(['store.db', 'till.db', 'photos'].map((label) => used({ label, inbox: shared, config })))
  for (const { pass } of all) pass(5 * hour)
  await Promise.all(all.map(({ backup }) => backup.checkHealth()))
  const { mails, posts } = await shared.unread()
  expect(mails).toHaveLength(1)
  for (const label of ['store.db', 'till.db', 'photos']) expect(mails[0]!.text).toContain(`${label}: No good backup for 5 hours`)
  expect(posts.map(({ source }) => source).sort()).toEqual(['photos', 'store.db', 'till.db'])

  const [, till] = all
  await till!.backup.run()
  await till!.backup.checkHealth()
  expect((await shared.unread()).mails.map(({ subject }) => subject)).toEqual(['[backup] till.db: Solved: No good backup for 5 hours'])
})
