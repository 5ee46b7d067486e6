import { day, hour, minute } from '../world.ts'
import { fails, runs } from './deeds.ts'
import type { Matter } from './matter.ts'

/** Backups that are not made, or not as they should be. */
export const backups: readonly Matter[] = [
  {
    id: 'no-backup',
    when: 'an hour after it was set up nothing is backed up',
    severity: 'critical',
    subject: /^There is no backup yet$/,
    action: /Run a backup/,
    isNew: true,
    begins: () => {},
    patienceMs: hour,
    ends: ({ backup }) => backup.run(),
  },
  {
    id: 'backup-overdue',
    when: 'no backup is made for a day',
    severity: 'warning',
    subject: /^No good backup for 25 hours$/,
    action: /see to it that the schedule runs/,
    options: { config: { targets: { rpo: '24h' } } },
    begins: ({ pass }) => pass(25 * hour),
    ends: ({ backup }) => backup.run(),
  },
  {
    id: 'backup-failing',
    when: 'the source cannot be read',
    severity: 'warning',
    subject: /^The last backup failed$/,
    action: /See whether the data can be opened/,
    begins: async (world) => {
      world.data.complete = false
      await fails(world, 'source')
    },
    ends: async ({ data, backup }) => {
      data.complete = true
      await backup.run()
    },
  },
  {
    id: 'success-low',
    when: 'one backup in five fails, and the last one does not',
    severity: 'warning',
    subject: /^8\d\s?% of the backups of a week succeeded$/,
    action: /what the failures have in common/,
    begins: async (world) => {
      await runs(world, 8, hour)
      world.data.complete = false
      await fails(world, 'source')
      await fails(world, 'source')
      world.data.complete = true
      await runs(world, 1, hour)
    },
    ends: (world) => runs(world, 12, hour),
    calmMs: day,
  },
  {
    id: 'backup-slow',
    when: 'backups take half an hour instead of no time',
    severity: 'warning',
    subject: /^Backups take 30 minutes instead of /,
    action: /the health of the disks/,
    begins: async (world) => {
      await runs(world, 8, hour)
      world.ails.slowMs = 30 * minute
      await runs(world, 3, hour)
    },
    ends: async (world) => {
      world.ails.slowMs = 0
      await runs(world, 3, hour)
    },
  },
]
