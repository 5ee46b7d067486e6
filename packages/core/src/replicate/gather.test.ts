import { describe, expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { gather, type Gathered } from './gather.ts'
import { answerAfter, groupOfThree } from '../../test/group-of-three.ts'

/** What three say of whom each needs its own time, with two required copies: any two answers show everything. */
async function asked(required: number, times: readonly (number | BackupError)[]) {
  const { group, clock, news } = await groupOfThree(required)
  const startedAt = clock.now()
  const gathered: Gathered<number> = await clock.settle(
    gather(
      group,
      group.replicas,
      async (provider) => {
        const at = group.replicas.findIndex((each) => each.provider === provider)
        const time = times[at]!
        if (typeof time !== 'number') throw time
        return answerAfter(clock, time, at)
      },
    ),
  )
  const tookMs = clock.now() - startedAt
  return { group, clock, news, tookMs, answers: [...gathered.answers.values()], failures: gathered.failures.size }
}

describe('asking several at once', () => {
  test('waits for all of them when they are about as quick as each other', async () => {
    expect(await asked(2, [100, 150, 190])).toMatchObject({ answers: [0, 1, 2], tookMs: 190 })
  })

  test('is done without one that takes more than twice as long as those that are enough', async () => {
    const { clock, group, news, ...seen } = await asked(2, [100, 900, 150])
    expect(seen).toMatchObject({ answers: [0, 2], tookMs: 300 })
    // It is no worse for that.
    await clock.advance(1_000)
    expect(group.replicas.map(({ isSlow }) => isSlow)).toEqual([false, false, false])
    expect(news).toEqual([])
  })

  test('is not done before enough have answered, however quick some are', async () => {
    expect(await asked(2, [1, 4_000, Infinity])).toMatchObject({ answers: [0, 1] })
    expect(await asked(1, [1, 2, 4_000])).toMatchObject({ answers: [0, 1, 2], tookMs: 4_000 })
  })

  test('goes on without one that shows no sign of life, and says so', async () => {
    const { news, group, ...seen } = await asked(1, [1, Infinity, 2])
    expect(seen.answers).toEqual([0, 2])
    expect(seen.tookMs).toBeGreaterThanOrEqual(5_000)
    expect(seen.tookMs).toBeLessThan(7_000)
    expect(news).toMatchObject([{ type: 'provider-away', reason: { kind: 'transient' } }])
    expect(group.replicas.map(({ isSlow }) => isSlow)).toEqual([false, true, false])
  })

  test('counts every sign of life: a long answer is waited for as long as something comes', async () => {
    const { group, clock } = await groupOfThree(1)
    const startedAt = clock.now()
    const { answers } = await clock.settle(
      gather(group, group.replicas, async (_, alive) => {
        for (let page = 0; page < 10; page++) {
          await answerAfter(clock, 4_000, page)
          alive()
        }
        return 'all'
      }),
    )
    expect(answers.size).toBe(3)
    expect(clock.now() - startedAt).toBe(40_000)
  })

  test('tells failures, and is over when everybody failed', async () => {
    const down = new BackupError('transient', 'The line is down.')
    expect(await asked(2, [down, 5, 6])).toMatchObject({ answers: [1, 2], failures: 1 })
    expect(await asked(2, [down, down, down])).toMatchObject({ answers: [], failures: 3, tookMs: 0 })
  })

  test('does not ask one that is left alone for now, unless it is needed', async () => {
    const { group, clock } = await groupOfThree(2)
    const [first] = group.replicas
    const full = new BackupError('quota', 'Full.')
    await first!.call(() => Promise.reject(full)).catch(() => {})
    const seen: string[] = []
    const note = async (provider: { location: string }): Promise<void> => void seen.push(provider.location)
    await clock.settle(gather(group, group.replicas, note))
    expect(seen).toHaveLength(2)
    await clock.settle(gather(group, group.replicas, note, { needed: 3 }))
    expect(seen).toHaveLength(5)
  })
})
