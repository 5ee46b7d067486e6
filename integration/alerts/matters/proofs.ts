import { keepLast } from '@backup/core'
import { day, minute } from '../world.ts'
import { runs } from './deeds.ts'
import type { Matter } from './matter.ts'

/** What should have been done long ago, or faster. */
export const proofs: readonly Matter[] = [
  {
    id: 'verify-overdue',
    when: 'nobody has looked for damage for a month',
    severity: 'warning',
    subject: /^Never verified$/,
    action: /Run verify\(\)/,
    options: { config: { targets: { verify: '30d' } } },
    begins: ({ pass }) => pass(31 * day),
    ends: ({ backup }) => backup.verify(),
  },
  {
    id: 'drill-overdue',
    when: 'nobody has tried a restore for three months',
    severity: 'warning',
    subject: /^No restore was ever tried$/,
    action: /Run a drill/,
    options: { config: { targets: { drill: '90d' } } },
    begins: ({ pass }) => pass(91 * day),
    ends: ({ backup }) => backup.drill({ to: 'trial' }),
  },
  {
    id: 'restore-slow',
    when: 'a restore takes longer than it may',
    severity: 'warning',
    subject: /^A restore took 20 minutes$/,
    action: /Add a provider that is nearby or faster/,
    options: { config: { targets: { rto: '15m' } } },
    begins: async ({ ails, backup }) => {
      ails.slowMs = 20 * minute
      await backup.restore('latest', { to: 'first' })
    },
    ends: async ({ ails, backup }) => {
      ails.slowMs = 0
      await backup.restore('latest', { to: 'second' })
    },
  },
  {
    id: 'retention-late',
    when: 'snapshots pile up that the policy does not keep',
    severity: 'warning',
    subject: /^3 snapshots are there that the policy does not keep$/,
    action: /Let a schedule apply it/,
    options: { config: { retention: keepLast(1) } },
    begins: (world) => runs(world, 3, 3 * day),
    patienceMs: day,
    ends: ({ backup }) => backup.prune({ reason: 'They are not needed.' }),
  },
]
