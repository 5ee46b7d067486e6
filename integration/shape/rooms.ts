/**
 * The rooms of packages/core/src (its folders, and the files at its root) along the data's path. A room may
 * import from the rooms of the rows above its own, and not from its neighbours in the row.
 */
export const rooms: readonly (readonly string[])[] = [
  ['errors.ts', 'software.ts', 'nearest.ts'],
  ['contract'],
  ['crypto', 'codec', 'chunk'],
  ['format'],
  ['lane', 'index', 'provider', 'track', 'restore-kit', 'source'],
  ['portable', 'repository', 'notify'],
  ['replicate', 'session'],
  ['read'],
  ['write', 'keep', 'tune'],
  ['audit', 'schedule'],
  ['prune', 'scrub'],
  ['drill', 'keys'],
  ['config.ts', 'option-names.ts'],
  ['check-options.ts'],
  ['connect'],
  ['health', 'backup-keys.ts', 'backup-reading.ts', 'backup-restore.ts', 'backup-retention.ts', 'backup-setup.ts'],
  ['backup.ts'],
  ['index.ts'],
  ['node', 'testing'],
  ['command'],
]

/** Hold types alone, so they may look and be looked at in every direction. */
export const typesOnly: readonly string[] = ['events.ts']

/** The only rooms that may import Node's built-in modules. */
export const nodeRooms: readonly string[] = ['node', 'command']
