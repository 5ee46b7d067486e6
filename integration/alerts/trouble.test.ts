import { describe, expect, test } from 'vitest'
import type { Inbox } from './inbox.ts'
import { hour, used, type World } from './world.ts'

/** Those who pass alerts on fail, too. */

async function overdue(): Promise<World> {
  const made = await used({ isQuick: true, config: { targets: { rpo: '1h' } } })
  made.pass(5 * hour)
  return made
}

const look = ({ backup }: World) => backup.checkHealth()

const subject = '[backup] store.db: No good backup for 5 hours'

/** What becomes of one of the two. */
const mailTrouble: Readonly<Record<string, (inbox: Inbox) => void>> = {
  'hangs as soon as somebody calls': ({ smtp }) => smtp.fail((step) => (step === 'connect' ? 'hang' : undefined)),
  'hangs when it has the mail': ({ smtp }) => smtp.fail((step) => (step === 'end' ? 'hang' : undefined)),
  'breaks off': ({ smtp }) => smtp.fail((step) => (step === 'data' ? 'drop' : undefined)),
  'refuses the mail': ({ smtp }) => smtp.fail((step) => (step === 'end' ? { code: 554, text: '5.7.1 Spam' } : undefined)),
}

const hookTrouble: Readonly<Record<string, (inbox: Inbox) => void>> = {
  'says nothing': ({ http }) => http.fail(() => 'silence'),
  'breaks off': ({ http }) => http.fail(() => 'reset'),
  'has a fault': ({ http }) => http.fail(() => ({ status: 500, body: 'Traceback (most recent call last)' })),
  'leads elsewhere': ({ http }) => http.fail(() => ({ status: 302, headers: { location: '/login' }, body: '<html>' })),
  'does not know the address': ({ http }) => http.fail(() => ({ status: 404 })),
}

describe.each(Object.entries(mailTrouble))('a mail server that %s', (_, happens) => {
  test('does not keep the webhook from telling', async () => {
    const made = await overdue()
    const { inbox } = made
    happens(inbox)
    expect(await look(made)).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: [] })
    expect(inbox.smtp.faults()).toBeGreaterThan(0)
    expect(await inbox.unread()).toMatchObject({ mails: [], posts: [{ type: 'alert-raised', alert: { id: 'backup-overdue' } }] })
    expect(await look(made)).toMatchObject({ raised: [] })
  })
})

describe.each(Object.entries(hookTrouble))('a webhook that %s', (_, happens) => {
  test('does not keep the mail from telling', async () => {
    const made = await overdue()
    const { inbox } = made
    happens(inbox)
    expect(await look(made)).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: [] })
    expect(inbox.http.faults()).toBeGreaterThan(0)
    expect(await inbox.unread()).toMatchObject({ mails: [{ subject }], posts: [] })
    expect(await look(made)).toMatchObject({ raised: [] })
  })
})

test('what reached nobody is told at the next look, also by a program that was restarted', async () => {
  const made = await overdue()
  const { inbox } = made
  mailTrouble['refuses the mail']!(inbox)
  hookTrouble['does not know the address']!(inbox)
  expect(await look(made)).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: ['backup-overdue'] })
  expect([inbox.smtp.faults(), inbox.http.faults()]).toEqual([1, 1])

  await made.restart()
  inbox.smtp.fail(() => undefined)
  inbox.http.fail(() => undefined)
  expect(await look(made)).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: [] })
  expect(await inbox.unread()).toMatchObject({ mails: [{ subject }], posts: [{ type: 'alert-raised' }] })
  expect(await look(made)).toMatchObject({ raised: [] })
  expect(await inbox.unread()).toEqual({ mails: [], posts: [] })
})

test('what waits for a network that is away for three looks arrives once', async () => {
  const made = await overdue()
  const { inbox } = made
  inbox.smtp.fail(() => 'drop')
  inbox.http.fail(() => 'reset')
  for (let times = 0; times < 3; times++) expect(await look(made)).toMatchObject({ untold: ['backup-overdue'] })

  inbox.smtp.fail(() => undefined)
  inbox.http.fail(() => undefined)
  expect(await look(made)).toMatchObject({ untold: [] })
  const { mails, posts } = await inbox.unread()
  expect(mails.map((mail) => mail.text.match(/No good backup for 5 hours/g)!.length)).toEqual([1])
  expect(posts).toHaveLength(1)
})
