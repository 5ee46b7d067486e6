import { describe, expect, it } from 'vitest'
import type { FixtureTask } from './fixture-job.ts'
import { measureJob } from './job.ts'
import type { JobOptions, JobReport } from './job.ts'

const run = (task: FixtureTask, options?: JobOptions): Promise<JobReport> =>
  measureJob(new URL('./fixture-job.ts', import.meta.url), task, options)

describe('measureJob', () => {
  it('counts the CPU time of the work and gives its result back', async () => {
    const { cost, result } = await run({ kind: 'burn', ms: 200 })
    expect(cost.cpuMs).toBeGreaterThan(190)
    expect(cost.cpuMs).toBeLessThan(600)
    expect(cost.wallMs).toBeGreaterThan(190)
    expect(result).toBeGreaterThan(0)
  })

  it('counts the CPU time of child processes that the work starts', async () => {
    const { cost } = await run({ kind: 'burn-in-child', ms: 300 })
    expect(cost.cpuMs).toBeGreaterThan(290)
  })

  it('sees the memory that was held in between', async () => {
    const small = await run({ kind: 'allocate', bytes: 1_000 })
    const large = await run({ kind: 'allocate', bytes: 200_000_000 })
    expect(large.cost.peakBytes - small.cost.peakBytes).toBeGreaterThan(150_000_000)
  })

  it('notices a blocked event loop only where it is asked to', async () => {
    const watched = await run({ kind: 'block-loop', ms: 100 }, { watchLoop: true })
    expect(watched.cost.loop?.maxMs).toBeGreaterThan(90)
    expect(watched.cost.loop?.p99Ms).toBeLessThanOrEqual(watched.cost.loop?.maxMs as number)
    const unwatched = await run({ kind: 'burn', ms: 1 })
    expect(unwatched.cost.loop).toBeUndefined()
  })

  it('fails with the reason when the work fails or the process dies', async () => {
    await expect(run({ kind: 'fail' })).rejects.toThrow('the disk is on fire')
    await expect(run({ kind: 'die' })).rejects.toThrow('fixture-job.ts failed')
  })
})
