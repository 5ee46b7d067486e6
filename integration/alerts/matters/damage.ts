import { day, elsewhere, hour, minute, noise, printed, text, type World } from '../world.ts'
import { repair, runs, spoil } from './deeds.ts'
import type { Matter } from './matter.ts'

const looks = {
  verify: ({ backup }: World): PromiseLike<unknown> => backup.verify({ depth: 'data' }),
  scrub: ({ backup }: World): PromiseLike<unknown> => backup.scrub({ budgetBytes: 1e9 }),
  drill: ({ backup }: World): PromiseLike<unknown> => backup.drill({ to: 'trial' }),
}

interface Anomaly extends Pick<Matter, 'when' | 'severity' | 'subject' | 'action'> {
  readonly kind: string
  /** What is there afterwards, instead of a megabyte of text. */
  after(): Uint8Array
}

const anomalies: readonly Anomaly[] = [
  {
    kind: 'entropy',
    when: 'somebody encrypts everything',
    severity: 'critical',
    subject: /^Much of the data was rewritten as if it were encrypted$/,
    action: /take the machine off the network/,
    after: () => noise(1_000_000, 7),
  },
  {
    kind: 'size',
    when: 'half of the data is gone',
    severity: 'warning',
    subject: /^The amount of data has leapt$/,
    action: /removed or filled by mistake/,
    after: () => text(300_000),
  },
  {
    kind: 'change',
    when: 'all is rewritten, in another form',
    severity: 'warning',
    subject: /^Nearly all data was rewritten at once$/,
    action: /migration or import/,
    after: () => printed(1_000_000, 7),
  },
]

/** Damage, and what looks like it. */
export const damage: readonly Matter[] = [
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
      spoil(world, 'packs/')
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
      spoil(world, 'commits/')
      await world.restart()
    },
    ends: async (world) => {
      repair(world)
      await world.restart()
    },
  },
  ...Object.entries(looks).map(
    ([operation, look]): Matter => ({
      id: `${operation}-failed`,
      when: `a bit has flipped everywhere, and a ${operation} finds it`,
      severity: 'critical',
      subject: new RegExp(`^A ${operation} found damage$`),
      action: /Run verify\(\{ depth: "data" \}\)/,
      begins: async (world) => {
        spoil(world, 'packs/')
        await look(world)
      },
      ends: async (world) => {
        repair(world)
        world.pass(minute)
        await look(world)
      },
    }),
  ),
  ...anomalies.map(
    ({ kind, when, severity, subject, action, after }): Matter => ({
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
    id: 'clock-wrong',
    when: 'the clock is set to 1970',
    severity: 'warning',
    subject: /^A clock is or was wrong$/,
    action: /Set the clock of this machine/,
    begins: ({ setClock }) => setClock(new Date(0)),
    ends: ({ setClock }) => setClock(new Date(Date.UTC(2031, 0, 1, 1))),
  },
]
