import { expect, test } from 'vitest'
import { email } from './email.ts'
import { checkOptions, type EmailOptions } from './options.ts'

const secret = 'p4ssw0rd'
const right: EmailOptions = { smtp: { host: 'smtp.example.com' }, from: 'a@example.com', to: 'b@example.com' }

test.each<[string, unknown]>([
  ['smtp.host', undefined],
  ['smtp.host', { ...right, smtp: { host: `user:${secret}@smtp.example.com` } }],
  ['smtp.port', { ...right, smtp: { host: 'h', port: 0 } }],
  ['smtp.encryption', { ...right, smtp: { host: 'h', encryption: secret } }],
  [
    'smtp.encryption',
    { ...right, smtp: { host: 'h', encryption: 'none', auth: { user: 'u', pass: secret } } },
  ],
  ['smtp.auth', { ...right, smtp: { host: 'h', auth: { user: 'u', password: secret } } }],
  ['smtp.ca', { ...right, smtp: { host: 'h', ca: secret } }],
  ['from', { ...right, from: 'nobody' }],
  ['from', { ...right, from: 'a@example.com\r\nBcc: c@example.com' }],
  ['to', { ...right, to: [] }],
  ['zone', { ...right, zone: 'Mars/Olympus' }],
  ['gatherMs', { ...right, gatherMs: 10_001 }],
])('%s is refused by name, and its value is not told', (key, options) => {
  const refuse = (): unknown => email(options as EmailOptions)
  expect(refuse).toThrow(expect.objectContaining({ kind: 'config', plugin: 'email', key }))
  expect(refuse).not.toThrow(new RegExp(secret))
})

test.each([
  [{}, 587, 'starttls'],
  [{ port: 465 }, 465, 'tls'],
  [{ encryption: 'tls' as const }, 465, 'tls'],
  [{ port: 2525 }, 2525, 'starttls'],
  [{ encryption: 'none' as const, port: 25 }, 25, 'none'],
])('%j means port %i and %s', (given, port, encryption) => {
  expect(checkOptions({ ...right, smtp: { host: 'h', ...given } }).smtp).toMatchObject({ port, encryption })
})

test('a password may go unencrypted to this machine alone', () => {
  const auth = { user: 'u', pass: secret }
  expect(() => email({ ...right, smtp: { host: '127.0.0.1', encryption: 'none', auth } })).not.toThrow()
})
