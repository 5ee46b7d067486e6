/** What is worth a line in the audit trail: everything that removes, reveals or re-keys, and what decides whether backups are taken, and where to. */
export const auditActions = {
  restore: 'a snapshot was about to be put in its place',
  remove: 'snapshots were put into the trash by hand',
  undelete: 'snapshots were taken out of the trash',
  retain: 'a retention plan was applied',
  hold: 'snapshots were put under a legal hold',
  release: 'a legal hold was lifted',
  collect: 'packs that nothing needs were removed',
  drill: 'a restore was rehearsed',
  import: 'snapshots came from elsewhere',
  'slot-add': 'one more secret opens the repository',
  'slot-replace': 'a secret took the place of another',
  'slot-remove': 'a secret opens the repository no more',
  rotate: 'a new key epoch began',
  erase: 'the keys of an epoch were destroyed',
  'account-connect': 'an account was connected that copies go to',
  'account-disconnect': 'an account was disconnected',
  'schedule-pause': 'the schedule was kept from starting a job',
  'schedule-resume': 'a pause of the schedule was ended',
} as const

export type AuditAction = keyof typeof auditActions

/** Those that no backup does, but the application around it. */
export type HostDeed = 'account-connect' | 'account-disconnect' | 'schedule-pause' | 'schedule-resume'

const hostDeeds: Readonly<Record<HostDeed, true>> = { 'account-connect': true, 'account-disconnect': true, 'schedule-pause': true, 'schedule-resume': true }

export function isHostDeed(action: string): action is HostDeed {
  return Object.hasOwn(hostDeeds, action)
}
