import { keepLast } from '@backup/core'
import { expect } from 'vitest'
import type { Place } from './place.ts'
import { day, elsewhere, hour, key, minute, noise, printed, text, type World, type WorldOptions } from './world.ts'

/** Something that can go wrong, as core's README lists them. */
export interface Matter {
  /** Without the place that it is about. */
  readonly id: string
  readonly when: string
  readonly severity: 'warning' | 'critical'
  /** Of the mail, after the name of the source. */
  readonly subject: RegExp
  /** What the mail asks for. */
  readonly action: RegExp
  readonly options?: WorldOptions
  /** Nothing is backed up before it begins. */
  readonly isNew?: boolean
  /** Makes it so. */
  begins(world: World): unknown
  /** It is told when it has lasted so long. */
  readonly patienceMs?: number
  /** Mends it. */
  ends(world: World): unknown
  /** It is over when it has been gone for so long. */
  readonly calmMs?: number
}

export const matters: readonly Matter[] = [
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
  {
    id: 'live-data-damaged',
    when: 'the source finds its own data damaged',
    severity: 'critical',
    subject: /^The data itself is damaged$/,
    action: /Restore the newest sound snapshot to another place/,
    begins: async (world) => {
      world.ails.suspect = 'page 7 is torn'
      await runs(world, 1, hour)
    },
    ends: async (world) => {
      world.ails.suspect = undefined
      await runs(world, 1, hour)
    },
  },
  {
    id: 'snapshots-damaged',
    when: 'another machine finds damage in what is stored',
    severity: 'critical',
    subject: /^A stored snapshot is damaged$/,
    action: /Run a backup, so that there is a sound one/,
    begins: async (world) => {
      damage(world, 'packs/')
      await elsewhere(world, (backup) => backup.verify({ depth: 'data' }))
    },
    ends: async (world) => {
      repair(world)
      await elsewhere(world, (backup) => backup.verify({ depth: 'data' }))
    },
  },
  {
    id: 'snapshots-unreadable',
    when: 'a commit is damaged everywhere',
    severity: 'critical',
    subject: /^A snapshot cannot be read$/,
    action: /Bring the object back from another copy/,
    begins: async (world) => {
      await runs(world, 1, hour)
      damage(world, 'commits/')
      await world.restart()
    },
    ends: async (world) => {
      repair(world)
      await world.restart()
    },
  },
  ...(['verify', 'scrub', 'drill'] as const).map((operation): Matter => {
    const look = ({ backup }: World): PromiseLike<unknown> =>
      operation === 'verify' ? backup.verify({ depth: 'data' }) : operation === 'scrub' ? backup.scrub({ budgetBytes: 1e9 }) : backup.drill({ to: 'trial' })
    return {
      id: `${operation}-failed`,
      when: `a bit has flipped everywhere, and a ${operation} finds it`,
      severity: 'critical',
      subject: new RegExp(`^A ${operation} found damage$`),
      action: /Run verify\(\{ depth: "data" \}\)/,
      begins: async (world) => {
        damage(world, 'packs/')
        await look(world)
      },
      ends: async (world) => {
        repair(world)
        world.pass(minute)
        await look(world)
      },
    }
  }),
  ...([
    ['entropy', 'somebody encrypts everything', 'critical', /was rewritten as if it were encrypted$/, /take the machine off the network/, () => noise(1_000_000, 7)],
    ['size', 'half of the data is gone', 'warning', /^The amount of data has leapt$/, /removed or filled by mistake/, () => text(300_000)],
    ['change', 'all is rewritten, in another form', 'warning', /^Nearly all data was rewritten at once$/, /migration or import/, () => printed(1_000_000, 7)],
  ] as const).map(
    ([kind, when, severity, subject, action, after]): Matter => ({
      id: `anomaly-${kind}`,
      when,
      severity,
      subject,
      action,
      begins: async (world) => {
        world.data.streams.set('main', text(1_000_000))
        await runs(world, 6, hour)
        world.data.streams.set('main', after())
        await runs(world, 1, hour)
      },
      // Whoever was told has had a week.
      ends: (world) => runs(world, 1, 8 * day),
    }),
  ),
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
  {
    id: 'clock-wrong',
    when: 'the clock is set to 1970',
    severity: 'warning',
    subject: /^A clock is or was wrong$/,
    action: /Set the clock of this machine/,
    begins: ({ setClock }) => setClock(new Date(0)),
    ends: ({ setClock }) => setClock(new Date(Date.UTC(2031, 0, 1, 1))),
  },
]

async function runs({ backup, pass }: World, count: number, everyMs: number): Promise<void> {
  for (let run = 0; run < count; run++) {
    pass(everyMs)
    await backup.run()
  }
}

async function fails({ backup, pass }: World, kind: string): Promise<void> {
  pass(minute)
  await expect(backup.run()).rejects.toMatchObject({ kind })
}

const named = ({ objects }: Place, prefix: string): [string, Uint8Array][] => [...objects].filter(([name]) => name.startsWith(prefix)).sort()

const sound = new WeakMap<Place, [string, Uint8Array]>()

/** One object of the kind, everywhere. */
function damage({ disk, cloud }: World, prefix: string): void {
  for (const place of [disk, cloud]) {
    const [name, bytes] = named(place, prefix)[0]!
    sound.set(place, [name, bytes])
    place.objects.set(name, bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)))
  }
}

/** From a copy that somebody had somewhere. */
function repair({ disk, cloud }: World): void {
  for (const place of [disk, cloud]) place.objects.set(...sound.get(place)!)
}
