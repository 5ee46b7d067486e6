import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { checkPlugin } from '../contract/version.ts'
import { holds } from './provider-suite-place.ts'
import type { TestApi } from './provider-suite.ts'
import { seededRandom } from './seeded-random.ts'

export interface RetentionSuiteOptions {
  /** Tags that the suite's snapshots carry, each by half of them: name those the policy looks for. */
  readonly tags?: readonly string[]
}

type Keep = (snapshots: readonly RetainedSnapshot[], nowMs?: number, zone?: string) => Answer

interface Answer {
  /** `id: reason`, sorted, each once. */
  readonly lines: string
  readonly ids: ReadonlySet<string>
}

const endMs = Date.UTC(2031, 2, 31, 12)
const hourMs = 3_600_000
const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati', 'Australia/Lord_Howe']

/**
 * Certifies a retention policy: is it a pure function, and can its answers be carried out day after day?
 *
 * `makePolicy` is called for each test. The suite's snapshots are of all kinds and reach back three years.
 *
 * @example
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * describe('my policy', () => {
 *   retentionSuite({ describe, test }, () => keepFullMoons())
 * })
 * ```
 */
export function retentionSuite(
  api: TestApi,
  makePolicy: () => RetentionPolicy,
  options: RetentionSuiteOptions = {},
): void {
  for (const [theme, tests] of Object.entries(themes)) {
    api.describe(theme, () => {
      for (const [name, run] of Object.entries(tests)) {
        api.test(name, async () => run(makePolicy(), threeYears(options.tags ?? [])))
      }
    })
  }
}

type PolicyTest = (policy: RetentionPolicy, history: readonly RetainedSnapshot[]) => void

const answers: Record<string, PolicyTest> = {
  'is a plugin with a name and a title'(policy) {
    checkPlugin(policy, 'retention')
    holds(/^[a-z][a-z0-9-]*$/.test(policy.name), `its name "${policy.name}" is not lower case`)
    holds(policy.title.trim() !== '', 'it has no title')
  },

  'keeps something of three years'(policy, history) {
    holds(asking(policy)(history).ids.size > 0, 'it keeps nothing; name the tags it looks for in the options')
  },

  'keeps only what it was given, and says why'(policy, history) {
    const given = new Set(history.map(({ id }) => id))
    for (const { id, reason } of policy.keep([...history], { now: new Date(endMs), zone: 'UTC' })) {
      holds(given.has(id), `it keeps "${id}", which it was not given`)
      holds(reason.trim() !== '', `it keeps "${id}" without a reason`)
    }
  },

  'answers for no snapshots, for one, and for two of the same time'(policy, history) {
    const keep = asking(policy)
    const [first] = history
    holds(first !== undefined, 'the suite has no snapshots')
    holds(keep([]).ids.size === 0, 'it keeps something of nothing')
    const twins = [first, { ...first, id: 'twin' }]
    keep([first])
    holds(keep(twins).lines === keep(twins.toReversed()).lines, 'it takes the first of equal times')
  },

  'answers in every zone'(policy, history) {
    for (const zone of zones) asking(policy)(history, endMs, zone)
  },
}

const purity: Record<string, PolicyTest> = {
  'does not depend on the order of the snapshots'(policy, history) {
    const keep = asking(policy)
    const expected = keep(history).lines
    for (const seed of [1, 2, 3]) {
      holds(keep(shuffled(history, seed)).lines === expected, 'another order gets another answer')
    }
  },

  'gives the same answer again'(policy, history) {
    const keep = asking(policy)
    const expected = keep(history).lines
    keep(history.slice(0, 50), endMs - 900 * hourMs)
    holds(keep(history).lines === expected, 'the second answer differs from the first')
  },

  'leaves what it was given as it was'(policy, history) {
    const given = shuffled(history, 4).map((snapshot) => ({ ...snapshot, time: new Date(snapshot.time) }))
    const clock = { now: new Date(endMs), zone: 'UTC' }
    const before = JSON.stringify([given, clock])
    policy.keep(given, clock)
    holds(JSON.stringify([given, clock]) === before, 'it changes the snapshots or the clock')
  },

  'asks no clock but the one it was given'(policy, history) {
    withoutRealClock(() => asking(policy)(history))
  },
}

const perseverance: Record<string, PolicyTest> = {
  'keeps everything that it has kept, when asked again'(policy, history) {
    const keep = asking(policy)
    for (const zone of zones) {
      const kept = keep(history, endMs, zone)
      const again = keep(history.filter(({ id }) => kept.ids.has(id)), endMs, zone)
      holds(again.lines === kept.lines, `asked about what it kept (zone ${zone}), it answers otherwise`)
    }
  },

  'never wants back what it has let go'(policy, history) {
    const keep = asking(policy)
    let live: RetainedSnapshot[] = []
    let beforeMs = -Infinity
    for (let hours = 1_100 * 24; hours >= 0; hours -= 25 * 11) {
      const nowMs = endMs - hours * hourMs
      const all = history.filter(({ time }) => time.getTime() <= nowMs)
      live.push(...all.filter(({ time }) => time.getTime() > beforeMs))
      const kept = keep(live, nowMs)
      const date = new Date(nowMs).toISOString()
      holds(kept.lines === keep(all, nowMs).lines, `on ${date} it wants what it has let go before`)
      live = live.filter(({ id }) => kept.ids.has(id))
      beforeMs = nowMs
    }
  },
}

const themes = { answers, purity, perseverance }

function asking(policy: RetentionPolicy): Keep {
  return (snapshots, nowMs = endMs, zone = 'UTC') => {
    const kept = policy.keep([...snapshots], { now: new Date(nowMs), zone })
    const lines = new Set(kept.map(({ id, reason }) => `${id}: ${reason}`))
    return { lines: [...lines].sort().join('\n'), ids: new Set(kept.map(({ id }) => id)) }
  }
}

/** Every 6 hours, more often towards the end; of all kinds, some verified, some held, some of one time. */
function threeYears(tags: readonly string[]): readonly RetainedSnapshot[] {
  const random = seededRandom(20_310_331)
  const kinds = ['scheduled', 'scheduled', 'manual', 'emergency', 'safety']
  const snapshots: RetainedSnapshot[] = []
  for (let hours = 3 * 365 * 24; hours >= 0; hours -= hours > 400 ? 6 : 0.25 * random.below(8)) {
    snapshots.push({
      id: `${random.below(2 ** 32).toString(16)}-${snapshots.length}`,
      time: new Date(endMs - hours * hourMs),
      kind: kinds[random.below(kinds.length)] ?? 'manual',
      tags: tags.filter(() => random.below(2) === 0),
      held: random.below(50) === 0,
      verified: random.below(5) === 0,
    })
  }
  return snapshots
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seededRandom(seed)
  return list
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** Policies are synchronous, so nobody else sees the stopped clock. */
function withoutRealClock(run: () => void): void {
  const real = globalThis.Date
  const refuse = (): never => {
    throw new Error('Broken promise: it asks the real clock.')
  }
  globalThis.Date = new Proxy(real, {
    apply: refuse,
    construct: (target, args) => (args.length === 0 ? refuse() : Reflect.construct(target, args)),
    get: (target, property) => (property === 'now' ? refuse : Reflect.get(target, property)),
  })
  try {
    run()
  } finally {
    globalThis.Date = real
  }
}
