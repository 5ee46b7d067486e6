import { afterEach, describe, expect, test, vi } from 'vitest'
import { rules } from '../src/prune/rules.ts'
import { sessionRules } from '../src/session/session.ts'
import { tombRules } from '../src/session/tombs.ts'
import { type WorldReport, simulate } from './collection-world.ts'

vi.mock('../src/prune/limits.ts', async (original) => {
  const { limits } = await original<{ limits: Record<string, number> }>()
  return { limits: { ...limits, manyPacks: 4, wasteBytes: 1 } }
})

/** `npm run soak:collect` sets it to thousands. */
const runs = Number(process.env['COLLECTION_RUNS'] ?? 24)
const steps = 150

afterEach(() => void vi.restoreAllMocks())

async function simulateFrom(first: number, count: number, until: (report: WorldReport) => boolean = () => false): Promise<WorldReport[]> {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const reports: WorldReport[] = []
  for (let seed = first; seed < first + count; seed++) {
    const report = await simulate(seed, steps, (ms) => (now = ms))
    reports.push(report)
    if (until(report)) break
  }
  return reports
}

test(`in ${runs} worlds no snapshot is damaged`, async () => {
  const reports = await simulateFrom(1, runs)
  const sum = (field: 'commits' | 'removedSnapshots' | 'removedPacks' | 'gathered' | 'outrun'): number => reports.reduce((total, report) => total + report[field], 0)
  expect(reports.flatMap(({ damage }) => damage ?? [])).toEqual([])
  // Otherwise it would prove nothing.
  expect(sum('commits')).toBeGreaterThan(runs * 20)
  expect(sum('removedPacks')).toBeGreaterThan(runs * 5)
}, runs * 20_000)

describe('without one of the rules, a snapshot is damaged:', () => {
  test.each([
    ['that what was announced is looked at again before it is removed', () => vi.spyOn(rules, 'isUnneeded').mockReturnValue(true)],
    ['that sessions are waited for', () => vi.spyOn(rules, 'areOver').mockReturnValue(true)],
    ['that a session ends', () => vi.spyOn(sessionRules, 'isOver').mockReturnValue(false)],
    ['that announcements are heeded', () => vi.spyOn(tombRules, 'isHeeded').mockReturnValue(false)],
  ])('%s', async (_, remove) => {
    remove()
    const reports = await simulateFrom(1, 600, ({ damage }) => damage !== undefined)
    expect(reports.at(-1)!.damage).toMatch(/is in no pack/)
  }, 600_000)
})
