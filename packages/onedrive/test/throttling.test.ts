import { withRetry } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { account } from './account.ts'
import { part, withSmallParts } from './uploads.ts'

// One budget for the whole account: who asks inside of a pause makes it longer, on Graph and on upload
// addresses alike.

/** What had been sent when the first one was told arrives all the same, on a busy machine later. */
const underWayMs = 1_000

test.each([{ seconds: 3 }, { seconds: 3, status: 503, as: 'date' }] as const)(
  'after an answer that asks for a pause (%o) nothing is sent until it is over',
  async (style) => {
    await using own = await account()
    const { throttle, server, sessions } = own.fake
    const waits: number[] = []
    const patient = withRetry(withSmallParts(own.options), {
      attempts: 20,
      onRetry: ({ waitMs }) => waits.push(waitMs),
    })
    await patient.open({ create: true })
    await patient.put('packs/00/there', randomBytes(100))

    // The pause begins when the third part of all uploads comes, so that others are in the middle of theirs.
    let parts = 0
    let startedAt = Infinity
    const arrivals: number[] = []
    server.fail(({ url, method }) => {
      arrivals.push(performance.now())
      if (method === 'PUT' && url.pathname.startsWith('/upload/') && ++parts === 3) {
        throttle.start({ ...style, growth: 1 })
        startedAt = performance.now()
      }
      return undefined
    })
    const bodies = [0, 1, 2].map(() => randomBytes(4 * part + 7))
    const puts = bodies.map((body, at) => patient.put(`packs/0${at}/large`, body))
    const gets = Array.from({ length: 5 }, () => patient.get('packs/00/there'))
    await Promise.all([...puts, ...gets])

    expect(throttle.refused()).toBeGreaterThan(0)
    expect(waits.length).toBeGreaterThan(0)
    const endsAt = startedAt + style.seconds * 1000
    expect(arrivals.filter((at) => at > startedAt + underWayMs && at < endsAt)).toEqual([])
    expect(arrivals.filter((at) => at >= endsAt).length).toBeGreaterThan(0)
    expect(sessions.alive()).toEqual([])
    // What had arrived before is not sent again.
    expect(sessions.sentBytes()).toBeLessThanOrEqual(bodies.length * (4 * part + 7 + part))
    for (const [at, body] of bodies.entries()) {
      expect(Buffer.compare(await patient.get(`packs/0${at}/large`), body)).toBe(0)
    }
  },
)
