import type { HealthFacts } from './facts.ts'

/** Nothing is wrong, and it could be better. */
export interface Recommendation {
  readonly id: string
  readonly title: string
  readonly action: string
}

/** What the options say beyond the facts. */
export interface Arrangements {
  readonly hasRetention: boolean
  readonly hasSchedule: boolean
}

interface Advice extends Recommendation {
  applies(facts: HealthFacts, arrangements: Arrangements): boolean
}

const table: readonly Advice[] = [
  {
    id: 'schedule',
    title: 'Nothing runs by itself',
    action: 'Set a schedule: what somebody has to think of is forgotten.',
    applies: (_, { hasSchedule }) => !hasSchedule,
  },
  {
    id: 'notify',
    title: 'Nobody is told when something is wrong',
    action: 'Add a plugin to "notify", and watch().',
    applies: ({ notified }) => !notified,
  },
  {
    id: 'retention',
    title: 'Snapshots are kept for ever',
    action: 'Set "retention", for instance to fifteenYears().',
    applies: (_, { hasRetention }) => !hasRetention,
  },
  {
    id: 'nearby',
    title: 'All copies are far away',
    action: 'Add a disk of this machine: restores from there take minutes instead of hours.',
    applies: ({ providers }) => !providers.some(({ nearby }) => nearby),
  },
  {
    id: 'required',
    title: 'A backup counts when one provider has it',
    action: 'Set copies: { required: 2 }, so that the loss of one provider never costs the newest backup.',
    applies: ({ providers, required }) => providers.length >= 3 && required === 1,
  },
]

export function recommend(facts: HealthFacts, arrangements: Arrangements): Recommendation[] {
  return table.filter(({ applies }) => applies(facts, arrangements)).map(({ id, title, action }) => ({ id, title, action }))
}
