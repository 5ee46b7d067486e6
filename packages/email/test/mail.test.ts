import { hostname } from 'node:os'
import { certificate } from '@backup-internal/fakes/wire'
import { isAlertOrFailure, type BackupEvent } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { alert, cleared, post, raised } from './fixture.ts'

const failed: BackupEvent = {
  type: 'run-error',
  operation: 'backup',
  run: 'r',
  at: 0,
  durationMs: 5,
  error: { kind: 'quota', message: 'The disk is full.', hint: 'Make room.' },
}

describe('a mail about an alert', () => {
  test('says what, where, since when, and what to do', async () => {
    const { server, tell } = await post()
    await tell(raised())
    expect(server.mails).toHaveLength(1)
    const [mail] = server.mails
    expect(mail).toMatchObject({ from: 'backup@shop.example', to: ['owner@shop.example'] })
    expect(mail?.subject).toBe('[backup] iron-store: No backup for 3 hours')
    expect(mail?.text.trim().split('\n')).toEqual([
      'No backup for 3 hours',
      'Since 2026-03-29 01:30 UTC+1 (3 hours).',
      '',
      alert.message,
      '',
      `What to do: ${alert.action}`,
      '',
      '',
      '--',
      `From the backup of iron-store on ${hostname()}.`,
    ])
    expect(mail?.html).toContain(`<b>What to do:</b> ${alert.action}`)
    expect(mail?.headers.get('importance')).toBe('High')
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
  })

  test('that is over says so, and asks for nothing', async () => {
    const { server, tell } = await post()
    await tell(cleared())
    expect(server.mails[0]?.subject).toBe('[backup] iron-store: Solved: No backup for 3 hours')
    expect(server.mails[0]?.text).toContain(
      'From 2026-03-29 01:30 UTC+1 to 2026-03-29 05:30 UTC+2 (3 hours).',
    )
    expect(server.mails[0]?.text).not.toContain('What to do')
    expect(server.mails[0]?.headers.has('importance')).toBe(false)
  })

  test('that still holds says so', async () => {
    const { server, tell } = await post()
    await tell(raised({}, true))
    expect(server.mails[0]?.subject).toBe('[backup] iron-store: Still: No backup for 3 hours')
  })

  test('goes to all that are named', async () => {
    const { server, tell } = await post({ to: ['a@shop.example', 'Bea <b@shop.example>'] })
    await tell(raised())
    expect(server.mails.map(({ to }) => to)).toEqual([['a@shop.example', 'b@shop.example']])
  })
})

test('ten alerts at once are one mail, the most urgent first', async () => {
  const { server, tell } = await post({ gatherMs: 2000 })
  const others = Array.from({ length: 9 }, (_, n) =>
    raised({ id: `quota:${n}`, severity: 'warning', title: `Disk ${n} is nearly full` }),
  )
  await tell(...others, raised())
  expect(server.mails.map(({ subject }) => subject)).toEqual([
    '[backup] iron-store: No backup for 3 hours (and 9 more)',
  ])
  for (let n = 0; n < 9; n++) expect(server.mails[0]?.text).toContain(`Disk ${n} is nearly full`)
})

test('failed runs are told to those who want them', async () => {
  const { server, tell } = await post()
  await tell(failed)
  expect(server.steps).toEqual([])
  const other = await post({ wants: isAlertOrFailure })
  await other.tell(failed)
  expect(other.server.mails[0]?.subject).toBe('[backup] iron-store: The backup failed')
  expect(other.server.mails[0]?.text).toContain('The disk is full.\n\nWhat to do: Make room.')
})

describe('texts from outside', () => {
  test('add no header and no recipient', async () => {
    const { server, tell } = await post({ name: 'iron\r\nBcc: thief@evil.example' })
    await tell(raised({ title: 'a\r\nBcc: thief@evil.example\r\n\r\nbody' }))
    expect(server.mails[0]?.to).toEqual(['owner@shop.example'])
    expect(server.mails[0]?.headers.has('bcc')).toBe(false)
    expect(server.mails[0]?.subject).toBe(
      '[backup] iron Bcc: thief@evil.example: a Bcc: thief@evil.example body',
    )
  })

  test('are text in HTML too', async () => {
    const { server, tell } = await post()
    await tell(
      raised({ title: '<script>x</script>', message: 'a\n<img src="http://evil.example">', action: '"&"' }),
    )
    expect(server.mails[0]?.html).not.toMatch(/<script|<img/)
    expect(server.mails[0]?.html).toContain('a<br>\n&lt;img src=&quot;http://evil.example&quot;&gt;')
  })

  test('of all languages arrive as they are; a long subject is cut', async () => {
    const { server, tell } = await post()
    await tell(
      raised({ title: `Kein Backup – 備份失敗 ${'🙂'.repeat(100)}`, message: 'Größe: 3 GB\n.\nende' }),
    )
    const [mail] = server.mails
    expect(mail?.subject).toMatch(/^\[backup\] iron-store: Kein Backup – 備份失敗 🙂+…$/u)
    expect(mail?.subject.length).toBeLessThanOrEqual(159)
    expect(mail?.text).toContain('Größe: 3 GB\n.\nende')
  })
})

describe('the way to the server', () => {
  test('is encrypted by STARTTLS before anybody signs in', async () => {
    const own = await certificate()
    const account = { user: 'backup', pass: 'p4ssw0rd' }
    const smtp = { encryption: 'starttls' as const, ca: own.cert, auth: account }
    const { server, tell } = await post({ smtp }, { certificate: own, account })
    await tell(raised())
    expect(server.mails).toMatchObject([{ user: 'backup', encrypted: true }])
  })

  test('can be encrypted from the first byte', async () => {
    const own = await certificate()
    const { server, tell } = await post(
      { smtp: { encryption: 'tls', ca: own.cert } },
      { certificate: own, secure: true },
    )
    await tell(raised())
    expect(server.mails).toMatchObject([{ encrypted: true }])
  })

  test('can be opened by a token that is asked for each time', async () => {
    const own = await certificate()
    const tokens = ['t1', 't2']
    const auth = { user: 'backup', accessToken: async () => tokens.shift() ?? '' }
    const smtp = { encryption: 'starttls' as const, ca: own.cert, auth }
    const { server, tell } = await post(
      { smtp },
      { certificate: own, account: { user: 'backup', token: 't2' } },
    )
    await expect(tell(raised())).rejects.toMatchObject({ kind: 'auth' })
    await tell(raised())
    expect(server.mails).toMatchObject([{ user: 'backup' }])
  })
})
