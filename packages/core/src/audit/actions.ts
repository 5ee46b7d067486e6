/** What is worth a line in the audit trail: everything that removes, reveals or re-keys. */
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
} as const

export type AuditAction = keyof typeof auditActions
