import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { certificate } from '@backup-internal/fakes/wire'
import type { SmtpFault, SmtpStep } from '@backup-internal/fakes/listeners'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cleared, post, raised } from './fixture.ts'

/** Goes wrong at this step the first `times`. */
function fails(
  step: SmtpStep,
  fault: SmtpFault,
  times = Infinity,
): (reached: SmtpStep) => SmtpFault | undefined {
  let left = times
  return (reached) => (reached === step && left-- > 0 ? fault : undefined)
}

const secret = 'p4ssw0rd-of-the-mailbox'

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('It was sent.')),
    (error: Error) => error,
  )
}

/** All that anybody could print of an error. */
function printed(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause)
    parts.push(String(at), at.stack ?? '', JSON.stringify(at))
  return parts.join('\n')
}

describe('what the server does not take for now is sent when it does', () => {
  test.each<[SmtpStep, SmtpFault]>([
    ['connect', { code: 421, text: '4.3.2 Too busy' }],
    ['from', { code: 451, text: '4.3.0 Later' }],
    ['to', { code: 450, text: '4.2.0 Greylisted' }],
    ['end', { code: 452, text: '4.3.1 No room' }],
    ['data', 'drop'],
    ['connect', 'drop'],
    ['connect', 'hang'],
    ['end', 'hang'],
  ])('at %s: %j', async (step, fault) => {
    const { server, tell } = await post()
    server.fail(fails(step, fault, 1))
    await tell(raised())
    expect(server.faults()).toBe(1)
    expect(server.mails.map(({ subject }) => subject)).toEqual(['[backup] iron-store: No backup for 3 hours'])
  })
})

test('a run waits 20 seconds for it; it is sent later, together with what came meanwhile', async () => {
  const { server, clock, tell } = await post()
  server.fail(fails('from', { code: 451, text: '4.3.0 Later' }))
  await expect(tell(raised())).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringMatching(
      /^Cannot send mail by 127\.0\.0\.1: the server asks to try again later \(EENVELOPE, 451/,
    ),
  })
  expect(clock.now()).toBe(20_000)
  expect(server.faults()).toBeGreaterThan(2)
  expect(server.mails).toEqual([])
  server.fail(() => undefined)
  await tell(cleared())
  expect(server.mails).toHaveLength(1)
  expect(server.mails[0]?.text).toMatch(/No backup for 3 hours[\s\S]*Solved: No backup for 3 hours/)
})

test('a server that kept the mail and could not say so gets the same one again, under the same id', async () => {
  const { server, tell } = await post()
  server.fail(fails('end', 'keep-and-drop', 1))
  await tell(raised())
  const ids = server.mails.map(({ headers }) => headers.get('message-id'))
  expect(ids).toEqual([ids[0], ids[0]])
  expect(ids[0]).toMatch(/^<[0-9a-f]{32}@shop\.example>$/)
})

describe('what the server refuses for good is told at once, once', () => {
  test.each<[SmtpStep, SmtpFault, string, string]>([
    ['from', { code: 553, text: '5.7.1 Not yours' }, 'permanent', 'the server does not accept the sender'],
    ['from', { code: 530, text: '5.7.0 Sign in' }, 'auth', 'the server does not accept user and password'],
    ['to', { code: 550, text: '5.1.1 Who?' }, 'permanent', 'the server does not accept the recipient'],
    ['to', { code: 552, text: '5.2.2 Full' }, 'quota', 'the mailbox is full'],
    ['end', { code: 554, text: '5.7.1 Spam' }, 'permanent', 'the server does not accept the mail'],
  ])('at %s: %j', async (step, fault, kind, what) => {
    const { server, tell } = await post()
    server.fail(fails(step, fault))
    const error = await failure(tell(raised()))
    expect(error).toMatchObject({ kind, plugin: 'email' })
    expect(error.message).toContain(what)
    expect(server.faults()).toBe(1)
    expect(server.mails).toEqual([])
  })

  test('a refused recipient is named when others got it', async () => {
    const { server, tell } = await post({ to: ['a@shop.example', 'gone@shop.example'] })
    let recipients = 0
    server.fail((step) =>
      step === 'to' && ++recipients === 2 ? { code: 550, text: '5.1.1 Who?' } : undefined,
    )
    await expect(tell(raised())).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('does not accept gone@shop.example'),
    })
    expect(server.mails.map(({ to }) => to)).toEqual([['a@shop.example']])
  })
})

describe('signing in', () => {
  test('with a wrong password is auth, and the password is nowhere', async () => {
    const { server, tell } = await post(
      { smtp: { auth: { user: 'backup', pass: secret } } },
      { account: { user: 'backup', pass: 'other' } },
    )
    const error = await failure(tell(raised()))
    expect(error).toMatchObject({
      kind: 'auth',
      message: 'Cannot send mail by 127.0.0.1: the server does not accept user and password (EAUTH, 535).',
    })
    expect(server.steps).toEqual(['connect', 'auth'])
    expect(printed(error)).not.toContain(secret)
    expect(printed(error)).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20))
  })

  test('at a server that is busy is tried again', async () => {
    const account = { user: 'backup', pass: secret }
    const { server, tell } = await post({ smtp: { auth: account } }, { account })
    server.fail(fails('auth', { code: 454, text: '4.7.0 Later' }, 1))
    await tell(raised())
    expect(server.steps.filter((step) => step === 'auth')).toHaveLength(2)
    expect(server.mails).toHaveLength(1)
  })

  test('is not even tried where the server does not go over to TLS', async () => {
    const account = { user: 'backup', pass: secret }
    const { server, tell } = await post({ smtp: { encryption: 'starttls', auth: account } }, { account })
    await expect(tell(raised())).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('does not go over to TLS'),
    })
    expect(server.steps).toEqual(['connect'])
  })

  test.each(['starttls', 'tls'] as const)(
    'is not even tried where the certificate is not trusted: %s',
    async (encryption) => {
      const account = { user: 'backup', pass: secret }
      const listener = { certificate: await certificate(), secure: encryption === 'tls', account }
      const { server, tell } = await post({ smtp: { encryption, auth: account } }, listener)
      await expect(tell(raised())).rejects.toMatchObject({
        kind: 'config',
        message: expect.stringContaining('is not trusted'),
      })
      expect(server.steps).not.toContain('auth')
    },
  )

  test('ends as config where the token cannot be had for that reason', async () => {
    const own = await certificate()
    const { BackupError } = await import('@backup/core')
    const refused = new BackupError('auth', 'Somebody has to sign in again.')
    const auth = { user: 'backup', accessToken: () => Promise.reject(refused) }
    const { server, tell } = await post(
      { smtp: { encryption: 'starttls', ca: own.cert, auth } },
      { certificate: own },
    )
    expect(await failure(tell(raised()))).toBe(refused)
    expect(server.steps).toEqual([])
  })
})

describe('no server', () => {
  test('is transient', async () => {
    const { server, tell } = await post()
    await server.close()
    await expect(tell(raised())).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('out of reach (ECONNREFUSED)'),
    })
  })

  test('but something else on this port is transient, and says so', async () => {
    let calls = 0
    const other = createServer(
      (socket) => (calls++, socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { tell } = await post({ smtp: { port: (other.address() as AddressInfo).port } })
    await expect(tell(raised())).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('makes no sense'),
    })
    expect(calls).toBeGreaterThan(1)
  })
})

test('a hanging server is left when the caller gives up, and the connection with it', async () => {
  const { server, tell } = await post()
  server.fail(fails('end', 'hang'))
  await expect(tell(raised())).rejects.toMatchObject({ kind: 'transient' })
  expect(server.faults()).toBeGreaterThan(0)
  await expect.poll(() => server.connections()).toBeLessThanOrEqual(1)
})
