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
  'copies-too-few': 'Look under “Storage” which place does not work, and bring it back.',
  'copies-late': 'Look under “Storage” what is in the way, and keep the application running for longer.',
  'three-two-one': `Connect one more place that is not in this building, a cloud account for instance. ${maker} if none is offered under “Storage”.`,
  'retention-late': 'Press “Clean up now” under “Retention”, or let the schedule do it.',
  'verify-overdue': 'Press “Run now” for the check under “Settings”, or rehearse a restore under “Rehearsals”.',
  'drill-overdue': 'Press “Rehearse now” under “Rehearsals”.',
  'snapshots-damaged': `Back up now, so that there is a sound backup. ${maker} about the damaged ones.`,
  'snapshots-unreadable': `${maker}: the damaged part may still be whole in another place.`,
  'restore-slow': 'A disk of this machine as one more place makes restores quicker.',
  schedule: `${maker} to set a schedule: what somebody has to think of is forgotten.`,
  notify: `${maker} to have you told, by mail for instance.`,
  retention: `${maker} to set how long backups are kept.`,
  required: `${maker} to let a backup count only when two places have it.`,
}

const titles: Readonly<Record<string, string>> = {
  'retention-late': 'Old backups wait to be cleaned up',
  required: 'A backup counts as soon as one place has it',
}

export function plainReason({ id, title, message, action }: SaidOfHealth): Omit<SaidOfHealth, 'id'> {
  const kind = id.split(':')[0]!
  return { title: titles[kind] ?? title, message, action: actions[kind] ?? action }
}

const kept: readonly (readonly [pattern: RegExp, text: string])[] = [
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
