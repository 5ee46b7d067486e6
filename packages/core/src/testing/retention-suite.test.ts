import { describe, expect, test } from 'vitest'
import type { KeepReason, RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import {
  keepDaily,
  keepHourly,
  keepMonthly,
  keepQuarterHourly,
  keepWeekly,
  keepYearly,
} from '../keep/calendar.ts'
import { combine } from '../keep/combine.ts'
import { fifteenYears } from '../keep/fifteen-years.ts'
import { forKind, forTag } from '../keep/filters.ts'
import { newestFirst } from '../keep/order.ts'
import { keepLast, keepWithin } from '../keep/recent.ts'
import { retentionSuite } from './retention-suite.ts'

const ours: readonly RetentionPolicy[] = [
  keepLast(1),
  keepLast(40),
  keepWithin({ hours: 48 }),
  keepWithin({ months: 1 }),
  keepQuarterHourly({ count: 100 }),
  keepHourly({ days: 14 }),
  keepDaily({ days: 30 }),
  keepDaily({ count: 30 }),
  keepWeekly({ years: 1 }),
  keepMonthly({ weeks: 60 }),
  keepYearly(),
  forKind('emergency', keepWithin({ days: 90 })),
  forTag(['files', 'settings'], keepLast(5), keepDaily()),
  combine(keepLast(3), keepMonthly()),
  fifteenYears(),
]

describe.each(ours)('$title', (policy) => {
  retentionSuite({ describe, test }, () => policy, { tags: ['files', 'settings'] })
})

/** What is wrong with a policy, the test that must fail for it, and how that test must put it. */
interface Broken extends Partial<RetentionPolicy> {
  readonly fault: string
  readonly failing: string
  readonly message: RegExp
}

let calls = 0

const broken: readonly Broken[] = [
  {
    fault: 'is of another contract',
    failing: 'is a plugin with a name and a title',
    message: /contract 2/,
    contract: 2 as never,
  },
  {
    fault: 'has no title',
    failing: 'is a plugin with a name and a title',
    message: /no title/,
    title: ' ',
  },
  {
    fault: 'has a name in capitals',
    failing: 'is a plugin with a name and a title',
    message: /"Mine" is not lower case/,
    name: 'Mine',
  },
  {
    fault: 'looks for a tag that nobody has',
    failing: 'keeps something of three years',
    message: /keeps nothing/,
    keep: forTag('nobody', keepLast(5)).keep,
  },
  {
    fault: 'makes up an id',
    failing: 'keeps only what it was given, and says why',
    message: /"made up", which it was not given/,
    keep: () => [{ id: 'made up', reason: 'why not' }],
  },
  {
    fault: 'gives no reason',
    failing: 'keeps only what it was given, and says why',
    message: /without a reason/,
    keep: (snapshots) => because(newestFirst(snapshots).slice(0, 5), ''),
  },
  {
    fault: 'relies on there being a first one',
    failing: 'answers for no snapshots, for one, and for two of the same time',
    message: /undefined/,
    keep: (snapshots) => because([newestFirst(snapshots)[0] as RetainedSnapshot]),
  },
  {
    fault: 'takes the first of equal times',
    failing: 'answers for no snapshots, for one, and for two of the same time',
    message: /the first of equal times/,
    keep: (snapshots) => because(snapshots.toSorted((a, b) => +b.time - +a.time).slice(0, 1)),
  },
  {
    fault: 'knows one zone only',
    failing: 'answers in every zone',
    message: /Where is that/,
    keep: (snapshots, { zone }) => (zone === 'UTC' ? because(snapshots) : fail('Where is that?')),
  },
  {
    fault: 'takes what comes first',
    failing: 'does not depend on the order of the snapshots',
    message: /another order/,
    keep: (snapshots) => because(snapshots.slice(0, 5)),
  },
  {
    fault: 'has a memory',
    failing: 'gives the same answer again',
    message: /second answer/,
    keep: (snapshots) => because(newestFirst(snapshots).slice(0, (calls += 1))),
  },
  {
    fault: 'sorts in place',
    failing: 'leaves what it was given as it was',
    message: /changes the snapshots/,
    keep: (snapshots) => because((snapshots as RetainedSnapshot[]).sort((a, b) => (a.id < b.id ? 1 : -1))),
  },
  {
    fault: 'turns the clock',
    failing: 'leaves what it was given as it was',
    message: /changes the snapshots or the clock/,
    keep: (snapshots, { now }) => because(snapshots, `kept on ${new Date(now.setUTCHours(0)).toISOString()}`),
  },
  {
    fault: 'calls Date.now()',
    failing: 'asks no clock but the one it was given',
    message: /real clock/,
    keep: (snapshots) => because(Date.now() > 0 ? snapshots : []),
  },
  {
    fault: 'calls new Date()',
    failing: 'asks no clock but the one it was given',
    message: /real clock/,
    keep: (snapshots) => because(new Date().getTime() > 0 ? snapshots : []),
  },
  {
    fault: 'keeps every second one',
    failing: 'keeps everything that it has kept, when asked again',
    message: /answers otherwise/,
    keep: (snapshots) => because(newestFirst(snapshots).filter((_, index) => index % 2 === 0)),
  },
  {
    fault: 'only keeps what is a month old',
    failing: 'never wants back what it has let go',
    message: /let go before/,
    keep: (snapshots, { now }) => because(snapshots.filter(({ time }) => +now - +time > 30 * 86_400_000)),
  },
]

describe('a policy is found out that', () => {
  test.each(broken)('$fault', async ({ fault: _, failing, message, ...parts }) => {
    const outcomes = await outcomesOf({ ...keepLast(5), ...parts })
    expect(Object.keys(outcomes)).toContain(failing)
    expect(String(outcomes[failing])).toMatch(message)
  })
})

describe('the suite', () => {
  test('finds nothing wrong with a sound policy', async () => {
    const outcomes = await outcomesOf(keepLast(5))
    expect(Object.keys(outcomes)).toHaveLength(11)
    expect(Object.values(outcomes).filter((outcome) => outcome !== 'passed')).toEqual([])
  })

  test('gives the real clock back, also after a policy that asked for it', async () => {
    const real = Date
    const outcomes = await outcomesOf({ ...keepLast(5), keep: () => because([], String(Date.now())) })
    expect(String(outcomes['asks no clock but the one it was given'])).toMatch(/real clock/)
    expect(Date).toBe(real)
  })
})

/** Runs the suite as a test runner would, and notes what became of each test. */
async function outcomesOf(policy: RetentionPolicy): Promise<Record<string, unknown>> {
  const bodies: [name: string, body: () => Promise<void>][] = []
  const api = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => bodies.push([name, body]),
  }
  retentionSuite(api, () => policy)
  const outcomes: Record<string, unknown> = {}
  for (const [name, body] of bodies) {
    outcomes[name] = await body().then(
      () => 'passed',
      (error: unknown) => error,
    )
  }
  return outcomes
}

function because(snapshots: readonly RetainedSnapshot[], reason = 'why not'): KeepReason[] {
  return snapshots.map(({ id }) => ({ id, reason }))
}

function fail(message: string): never {
  throw new Error(message)
}
