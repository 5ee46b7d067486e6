import { afterEach, describe, expect, it, vi } from 'vitest'
import { createReport } from './report.ts'
import type { Measurement } from './report.ts'

const measurement: Measurement = {
  name: 'store.first.wall',
  unit: 's',
  peerName: 'restic',
  ours: [1, 9, 2],
  peer: [4, 4, 5],
}

afterEach(() => {
  vi.restoreAllMocks()
})

function printed(json: boolean): { out: string[]; err: string[] } {
  const lines = { out: [] as string[], err: [] as string[] }
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.err.push(line))
  const report = createReport(json)
  report.say('two cores')
  report.add(measurement)
  return lines
}

describe('createReport', () => {
  it('prints one JSON object a line and nothing else with --json', () => {
    const { out, err } = printed(true)
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { name: 'store.first.wall', ours: 2, peerName: 'restic', peer: 4, unit: 's', ratio: 0.5 },
    ])
    expect(err).toEqual(['two cores'])
  })

  it('shows people the medians, their ratio and that of the pairs', () => {
    const { out } = printed(false)
    const [said, heading, line] = out
    expect(said).toBe('two cores')
    expect(heading).toMatch(/ours +peer +ratio +of pairs +spread/)
    expect(line).toMatch(/^store\.first\.wall +2\.00 s +4\.00 s +0\.500 +0\.400 +0\.250 – 2\.250 +restic$/)
  })
})
