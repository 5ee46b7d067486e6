import { day, key, minute, noise, printed } from '../world.ts'
import { runs } from './deeds.ts'
import type { Matter } from './matter.ts'

/** Places that do not work, or soon will not. */
export const providers: readonly Matter[] = [
  {
    id: 'repository-closed',
    when: 'the key is another one',
    severity: 'critical',
    subject: /^The repository cannot be opened$/,
    action: /key/,
    begins: ({ restart }) => restart({ keys: key(2) }),
    ends: ({ restart }) => restart(),
  },
  {
    id: 'provider-away',
    when: 'a disk is not mounted',
    severity: 'warning',
    subject: /^disk:\d+ does not work$/,
    action: /Mount the disk/,
    begins: ({ disk }) => void (disk.fault = 'target-missing'),
    patienceMs: 10 * minute,
    ends: async ({ disk, backup }) => {
      disk.fault = undefined
      await backup.sync()
    },
    calmMs: 10 * minute,
  },
  {
    id: 'sign-in',
    when: 'an account refuses the password',
    severity: 'warning',
    subject: /^cloud:\d+ asks for a new sign-in$/,
    action: /Sign in again/,
    begins: async ({ cloud, backup }) => {
      cloud.fault = 'auth'
      await backup.run()
    },
    ends: async ({ cloud, backup }) => {
      cloud.fault = undefined
      await backup.sync()
    },
    calmMs: 10 * minute,
  },
  {
    id: 'quota',
    when: 'an account is nearly full',
    severity: 'warning',
    subject: /^cloud:\d+ is filled to 85\s?%$/,
    action: /Make room there/,
    begins: ({ cloud }) => void (cloud.othersBytes = 0.85 * cloud.capacityBytes),
    ends: ({ cloud }) => void (cloud.othersBytes = 0.7 * cloud.capacityBytes),
  },
  {
    id: 'quota',
    when: 'an account takes nothing any more, and does not say how much room it has',
    severity: 'critical',
    subject: /^cloud:\d+ is full$/,
    action: /Make room there/,
    begins: async (world) => {
      world.cloud.tellsRoom = false
      world.cloud.othersBytes = world.cloud.capacityBytes
      world.data.streams.set('more', noise(5000, 1))
      await runs(world, 1, minute)
      await world.backup.sync()
    },
    ends: async ({ cloud, backup }) => {
      cloud.othersBytes = 0
      await backup.sync()
    },
    calmMs: 10 * minute,
  },
  {
    id: 'quota-forecast',
    when: 'the backups of next week have no room',
    severity: 'warning',
    subject: /^cloud:\d+ will be full in \d+ days$/,
    action: /keep fewer old snapshots/,
    begins: async (world) => {
      for (let at = 0; at < 6; at++) {
        world.data.streams.set(`scan ${at}`, printed(300_000, at))
        await runs(world, 1, day)
      }
      world.cloud.capacityBytes = 3e6
    },
    ends: ({ cloud }) => void (cloud.capacityBytes = 1e9),
    calmMs: day,
  },
]
