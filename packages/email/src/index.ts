export { email } from './email.ts'
export type { EmailOptions, SmtpAuth, SmtpOptions } from './options.ts'
