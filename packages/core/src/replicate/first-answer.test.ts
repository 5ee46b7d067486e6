import { describe, expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { firstAnswer } from './first-answer.ts'
import { answerAfter, groupOfThree } from '../../test/group-of-three.ts'

type Behaviour = number | BackupError

async function asking(behaviours: readonly Behaviour[]) {
  const { group, clock, news } = await groupOfThree(1)
  const startedAt = clock.now()
  const order: number[] = []
  let cancelled = 0
  const answer = await clock.settle(
    firstAnswer(group, group.replicas, undefined, async (provider, signal) => {
      const at = group.replicas.findIndex((each) => each.provider === provider)
      order.push(at)
      signal.addEventListener('abort', () => cancelled++)
      const behaviour = behaviours[at]!
      if (typeof behaviour !== 'number') throw behaviour
      return answerAfter(clock, behaviour, at, signal)
    }).catch((error: unknown) => ({ error })),
  )
  return { answer, order, cancelled, tookMs: clock.now() - startedAt, news, group }
}

const missing = new BackupError('not-found', 'There is no such object.')
const down = new BackupError('transient', 'The line is down.')

describe('asking one after the other', () => {
  test('stops at the first answer', async () => {
    expect(await asking([10, 10, 10])).toMatchObject({ answer: { value: 0, lacking: [] }, order: [0], tookMs: 10 })
  })

  test('goes on at once after a failure, and tells who lacks what another has', async () => {
    const { answer, order, group } = await asking([missing, down, 10])
    expect(order).toEqual([0, 1, 2])
    expect(answer).toEqual({ value: 2, lacking: [group.replicas[0]] })
  })

  test('asks the next one when the first takes too long; the quicker one wins and the other is cancelled', async () => {
    const { news, ...seen } = await asking([Infinity, 10, 10])
    expect(seen).toMatchObject({ answer: { value: 1 }, order: [0, 1], cancelled: 1, tookMs: 5_010 })
    expect(news).toMatchObject([{ type: 'provider-away' }])
  })

  test('takes a late answer too when it comes before that of the next one', async () => {
    const { news, ...seen } = await asking([5_100, 300, 10])
    expect(seen).toMatchObject({ answer: { value: 0 }, order: [0, 1] })
    expect(news).toEqual([])
  })

  test('knows nothing only when all could be asked', async () => {
    expect((await asking([missing, missing, missing])).answer).toEqual({ error: missing })
    expect((await asking([missing, down, missing])).answer).toEqual({ error: down })
  })

  test('ends as cancelled when the caller does not want it any more', async () => {
    const { group, clock } = await groupOfThree(1)
    const caller = new AbortController()
    const asked = firstAnswer(group, group.replicas, caller.signal, (_, signal) => answerAfter(clock, Infinity, 0, signal))
    const outcome = asked.catch((error: unknown) => error)
    caller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled' })
    expect(clock.pending).toBe(0)
  })
})
