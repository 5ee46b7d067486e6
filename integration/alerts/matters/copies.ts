import { expect } from 'vitest'
import { hour, noise } from '../world.ts'
import { named, runs } from './deeds.ts'
import type { Matter } from './matter.ts'

/** Copies that are missing. */
export const copies: readonly Matter[] = [
  {
    id: 'copies-too-few',
    when: 'a provider lost what two are to hold, and does not get it back',
    severity: 'critical',
    subject: /^A snapshot lacks copies$/,
    action: /Call sync\(\)/,
    options: { config: { copies: { required: 2 } } },
    begins: async ({ cloud, backup }) => {
      cloud.isStuck = true
      const [pack] = named(cloud, 'packs/')
      cloud.objects.delete(pack![0])
      void backup.sync()
      await expect.poll(async () => (await backup.copies())[1]!.waiting).toBeGreaterThan(0)
    },
    ends: async ({ cloud, backup }) => {
      cloud.isStuck = false
      await backup.sync()
    },
  },
  {
    id: 'copies-late',
    when: 'what is sent to a provider does not arrive',
    severity: 'warning',
    subject: /^cloud:\d+ lacks the backups of /,
    action: /connection/,
    begins: async (world) => {
      world.cloud.isStuck = true
      world.data.streams.set('more', noise(5000, 1))
      await runs(world, 1, hour)
      world.pass(2 * hour)
    },
    patienceMs: hour,
    ends: async ({ cloud, backup }) => {
      cloud.isStuck = false
      await backup.sync()
    },
  },
  {
    id: 'three-two-one',
    when: 'the provider that was elsewhere is given up',
    severity: 'warning',
    subject: /^One misfortune could take all copies$/,
    action: /Add a provider that is somewhere else/,
    begins: ({ restart, disk }) => restart({ providers: [disk] }),
    ends: async (world) => {
      await world.restart()
      await world.backup.sync()
    },
  },
]
