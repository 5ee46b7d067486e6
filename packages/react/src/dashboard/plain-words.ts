import type { RetentionWarning } from '@backup/core'

/** What the handler says of health, with its id: `three-two-one`, `copies-late:` and a location. */
export interface SaidOfHealth {
  readonly id: string
  readonly title: string
  readonly message: string
  readonly action: string
}

const maker = 'Ask whoever looks after this application'

/** What to do, for somebody who has the application and not its code. By what is before the colon in the id. */
const actions: Readonly<Record<string, string>> = {
  'no-backup': 'Press “Back up now”.',
  'backup-overdue': 'Press “Back up now”, and keep the application running: it backs up as long as it does.',
  'backup-failing': `Press “Back up now”, and see whether it works again. ${maker} if it does not.`,
  'backup-slow': `Look at the connection, and at what has become so much more. ${maker} if nothing has.`,
  'success-low': 'Look under “Activity” what failed, and whether it does at certain hours or in a certain place.',
  'copies-too-few': 'Look under “Storage” which place does not work, and bring it back.',
  'copies-late': 'Look under “Storage” what is in the way, and keep the application running for longer.',
  'three-two-one': `Connect one more place that is not in this building, a cloud account for instance. ${maker} if none is offered under “Storage”.`,
  'repository-closed': `Look whether the right disk is plugged in. ${maker} if it is.`,
  'provider-away': 'Look under “Storage” what is in the way: a disk that is unplugged, or no connection.',
  'sign-in': 'Sign in again under “Storage”.',
  quota: 'Make room there, or keep fewer old backups.',
  'quota-forecast': 'Make room there, or keep fewer old backups.',
  'live-data-damaged': `${maker} soon, before you go on: the last sound backup is still there, and stays.`,
  'clock-wrong': 'Set the clock of this machine, and let it be set by itself from now on.',
  'retention-late': 'Press “Clean up now” under “Retention”, or let the schedule do it.',
  'verify-overdue': 'Press “Run now” for the check under “Settings”, or rehearse a restore under “Rehearsals”.',
  'verify-failed': `Back up now, so that there is a sound backup. ${maker} what is damaged.`,
  'scrub-failed': `Back up now, so that there is a sound backup. ${maker} what is damaged.`,
  'drill-failed': `Rehearse a restore again under “Rehearsals”. ${maker} if that fails, too.`,
  'drill-overdue': 'Press “Rehearse now” under “Rehearsals”.',
  'snapshots-damaged': `Back up now, so that there is a sound backup. ${maker} about the damaged ones.`,
  'snapshots-unreadable': `${maker}: the damaged part may still be whole in another place.`,
  'restore-slow': 'A disk of this machine as one more place makes restores quicker.',
  schedule: `${maker} to set a schedule: what somebody has to think of is forgotten.`,
  notify: `${maker} to have you told, by mail for instance.`,
  retention: `${maker} to set how long backups are kept.`,
  nearby: `${maker} for a disk of this machine as one more place: restores from there take minutes instead of hours.`,
  required: `${maker} to let a backup count only when two places have it.`,
}

const titles: Readonly<Record<string, string>> = {
  'copies-too-few': 'A backup is not in enough places',
  'repository-closed': 'Your backups do not open',
  'retention-late': 'Old backups wait to be cleaned up',
  'snapshots-damaged': 'What is stored is damaged',
  'snapshots-unreadable': 'What is stored cannot be read',
  'verify-failed': 'A check of what is stored failed',
  'scrub-failed': 'A check of what is stored failed',
  'drill-failed': 'A rehearsed restore failed',
  retention: 'Backups are kept for ever',
  required: 'A backup counts as soon as one place has it',
}

/** Of what a program says when something fails. */
const messages: Readonly<Record<string, string>> = {
  'backup-failing': 'What is new since then is in no backup.',
  'copies-too-few': 'If the place that has it is lost, so is that backup.',
  'copies-late': 'Other places have newer backups.',
  'repository-closed': 'As long as that lasts nothing can be backed up or restored.',
  'provider-away': 'Nothing new is copied there until it works again.',
  'sign-in': 'Nothing new is copied there until somebody has signed in.',
  'snapshots-damaged': 'Some backups cannot be relied on.',
  'snapshots-unreadable': 'Some backups cannot be relied on.',
  'live-data-damaged': 'The newest backup holds data that was found to be damaged.',
  'verify-failed': 'Something is wrong with what is stored, or it could not be read.',
  'scrub-failed': 'Something is wrong with what is stored, or it could not be read.',
  'drill-failed': 'Whether this backup could be restored is not certain.',
}

export function plainReason({ id, title, message, action }: SaidOfHealth): Omit<SaidOfHealth, 'id'> {
  const kind = id.split(':')[0]!
  return { title: titles[kind] ?? title, message: messages[kind] ?? message, action: actions[kind] ?? action }
}

const warnings: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^The newest snapshot is among them\.$/, 'The newest backup is among them.'],
  [/^Nothing else is left\.$/, 'After that there is no backup any more.'],
  [/^One is under hold, and will not be removed\.$/, 'One is on hold, and stays.'],
  [/^(\d+) are under hold, and will not be removed\.$/, '$1 are on hold, and stay.'],
]

/** What somebody should know before a plan is carried out. */
export function plainWarning(message: string): string {
  const [pattern, text] = warnings.find(([one]) => one.test(message)) ?? []
  return pattern ? message.replace(pattern, text!) : message
}

/** What somebody should know of a policy before it is applied. Complete by type. */
export const plainNotes: Readonly<Record<RetentionWarning['kind'], string>> = {
  clock: 'The clock of this machine is behind that of every backup. All are kept: set it right first.',
  future: 'Some backups are dated later than now. They are kept. Look at the clock of this machine.',
  undated: 'Of some backups nobody knows when they were made. They are kept.',
  suspect: 'The newest backups look damaged: nothing sound is removed before there is a sound one again.',
  idle: 'One of the rules keeps nothing at present.',
}

/** Why somebody has to sign in again, by the reason that `webAccount()` of `@backup/oauth` gives. */
export const plainReauth = {
  'signed-out': 'Nobody is signed in.',
  'no-refresh-token': 'The access was given for a short time only, and is over.',
  expired: 'The sign-in was not used for a long time, and is over.',
  revoked: 'The access was taken back: in the account, by an administrator, or with a new password.',
  verification: 'The account has to be confirmed again, with a code or a new password.',
  consent: 'The application is not allowed to store there any more.',
  blocked: 'The account, or this device, is not admitted. Ask the administrator of the account.',
  lost: 'The connection broke off while the sign-in was being renewed.',
  refused: 'The sign-in is not valid any more.',
}

const kept: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^held$/, 'it is on hold'],
  [/^newest$/, 'the newest'],
  [/^newest, though suspect$/, 'the newest, although it looks damaged'],
  [/^newest verified$/, 'the newest that was checked'],
  [/^newest complete one of a provider$/, 'the newest in one of the places'],
  [/^within (.+)$/, 'of the last $1'],
  [/^hourly .*/, 'one an hour'],
  [/^daily .*/, 'one a day'],
  [/^weekly .*/, 'one a week'],
  [/^monthly .*/, 'one a month'],
  [/^yearly .*/, 'one a year'],
]

/** Why a backup stays, in a few words: the handler names each period, of which the first lines of a list have many. */
export function plainKept(reasons: readonly string[]): string {
  const texts = reasons.map((reason) => {
    const [pattern, text] = kept.find(([one]) => one.test(reason)) ?? []
    return pattern ? reason.replace(pattern, text!) : reason
  })
  return [...new Set(texts)].join(', ')
}

/** Why a backup goes. */
export function plainGoes(reason: string): string {
  const stays = /next newer one kept: \S+ of (\S+)$/.exec(reason)?.[1]
  return stays === undefined ? reason : `that of ${stays} stays instead`
}

/** By the name that a provider gives itself. */
const places: Readonly<Record<string, string>> = {
  local: 'Disk',
  gdrive: 'Google Drive',
  onedrive: 'OneDrive',
  s3: 'S3 storage',
  azure: 'Azure storage',
  gcs: 'Google Cloud storage',
  opfs: 'This browser',
  tauri: 'Disk',
}

export function plainPlace(name: string): string {
  return places[name] ?? name
}
