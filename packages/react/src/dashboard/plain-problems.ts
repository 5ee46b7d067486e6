import type { ClientError } from '@backup/client'
import type { ErrorKind } from '@backup/core'

/** What went wrong, for somebody who has the application and not its code. */
export interface PlainProblem {
  readonly title: string
  /** What this one can do about it; empty for nothing. */
  readonly action: string
}

/** Why a request failed. Of `failed` the kind says more. */
export type ProblemCode = Exclude<ClientError['code'], 'failed'>

const maker = 'Ask whoever looks after this application'
const reload = `Load this page anew. ${maker} if that does not help.`

/** Complete by type: a code that is added to the handler or the client gets its words here. */
export const problemsByCode: Readonly<Record<ProblemCode, PlainProblem>> = {
  unauthorised: { title: 'You are not signed in.', action: 'Sign in, and try again.' },
  forbidden: { title: 'You may not do this.', action: 'Ask somebody who may.' },
  origin: { title: 'The application does not trust this page.', action: `Open the application at its usual address. ${maker} if this is it.` },
  'unknown-route': { title: 'The application does not have what this page asks for.', action: reload },
  unknown: { title: 'It is not known any more.', action: 'Load this page anew, and choose from what is there.' },
  method: { title: 'The application did not understand this page.', action: reload },
  malformed: { title: 'The application did not understand this page.', action: reload },
  invalid: { title: 'Something that was entered does not fit.', action: `Look at what you have entered. ${maker} if you have entered nothing.` },
  reason: { title: 'It was not said why.', action: 'Say why, in a sentence.' },
  'media-type': { title: 'The application did not understand this page.', action: reload },
  'too-large': { title: 'That was too much at once.', action: 'Choose less, or write less.' },
  'confirm-stale': { title: 'This plan is too old.', action: 'Plan again, look at it, and confirm that.' },
  'confirm-used': { title: 'This was begun already.', action: 'Look under “Activity” how it stands.' },
  suspect: { title: 'This backup is believed to be damaged.', action: 'Choose an older one, or say that you want this one all the same.' },
  'sign-in': { title: 'This sign-in is over.', action: 'Connect again, and stay in this browser.' },
  closed: { title: 'The application is being started or stopped.', action: 'Try again in a moment.' },
  internal: { title: 'Something in the application failed.', action: `Try again. ${maker} if it happens again.` },
  network: { title: 'The application cannot be reached.', action: 'If it is still running, what is under way goes on. This page comes back by itself.' },
  answer: { title: 'Something else answered in the place of the application.', action: `Try again in a moment. ${maker} if it happens again.` },
  aborted: { title: 'It was given up.', action: '' },
}

/** Of failures of the backup itself. Complete by type: so is what core adds. */
export const problemsByKind: Readonly<Record<ErrorKind, PlainProblem>> = {
  config: { title: 'This does not work the way it was asked for, or was set up.', action: `Choose something else. ${maker} if there is nothing to choose.` },
  'not-found': { title: 'It is not there any more.', action: 'Load this page anew, and choose from what is there.' },
  exists: { title: 'Something else is in its place already. Nothing was written over.', action: 'Choose another place or name.' },
  'target-missing': { title: 'A place for copies is not there.', action: 'Plug the disk in, or bring the folder back, and try again.' },
  'not-a-repository': { title: 'The place is there, and your backups are not in it.', action: `Look whether it is the right disk or folder. ${maker} if it is.` },
  auth: { title: 'A place for copies does not let the application in.', action: `Sign in again under “Storage”. ${maker} if nothing is offered there.` },
  quota: { title: 'There is no room left.', action: 'Make room on the disk or in the account. What is stored stays.' },
  throttled: { title: 'A place for copies is too busy.', action: 'Try again in some minutes.' },
  transient: { title: 'A place for copies does not answer.', action: 'Try again. If that does not help, look at the connection to it.' },
  busy: { title: 'Something else has to end first.', action: 'Try again when it is done.' },
  range: { title: 'A part of what is stored is damaged.', action: `Choose an older backup. ${maker}: that part may be whole in another place.` },
  corrupt: { title: 'A part of what is stored is damaged.', action: `Choose an older backup. ${maker}: that part may be whole in another place.` },
  key: { title: 'The key of the application does not open this.', action: `${maker} for the right passphrase, or take the recovery code to them.` },
  unsupported: { title: 'This version of the application cannot do that.', action: `${maker} whether there is a newer one.` },
  source: { title: 'Something is wrong with the data itself, or it could not be read.', action: `Try again. ${maker} if it happens again.` },
  cancelled: { title: 'It was stopped before it was done.', action: 'Begin it again when you like.' },
  permanent: { title: 'It was refused, and would be again.', action: `${maker}.` },
}

/** What is known of something that went wrong: an error of the client, or a failure that the handler tells of. */
export interface Failing {
  readonly code?: string
  readonly kind?: string
  /** What was to be changed is not as it was before, or nobody can tell. */
  readonly altered?: boolean
  readonly problem?: { readonly kind?: string; readonly altered?: boolean; readonly needs?: string; readonly errors?: readonly { readonly at: string; readonly message: string }[] }
  readonly message: string
  readonly hint: string
}

interface ProblemWords {
  readonly title: string
  readonly altered: string
  readonly codes: Readonly<Record<ProblemCode, PlainProblem>>
  readonly kinds: Readonly<Record<ErrorKind, PlainProblem>>
}

/** What it is called in these words. Of a code or kind of a later version it is only said that it did not work. */
export function plainProblem({ code, kind, altered, problem, hint }: Failing, { title, altered: isAltered, codes, kinds }: ProblemWords): PlainProblem {
  // Only what failed knows the way back.
  if (altered ?? problem?.altered) return { title: isAltered, action: hint }
  const known = kinds[(problem?.kind ?? kind) as ErrorKind] ?? codes[code as ProblemCode]
  return known ?? { title, action: code === undefined && kind === undefined ? '' : codes.internal.action }
}

/** What a program says of it, for who looks after that. */
export function technicalText({ message, hint, problem }: Failing): string {
  return [message, ...(problem?.errors ?? []).map(({ at, message: wrong }) => `${at}: ${wrong}.`), hint].filter(Boolean).join(' ')
}
