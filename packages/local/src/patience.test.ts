import { expect, test } from 'vitest'
import { untilReleased } from './patience.ts'

function held(times: number, code: string): { change: () => Promise<string>; calls: () => number } {
  let calls = 0
  return {
    calls: () => calls,
    async change() {
      if (++calls <= times) throw Object.assign(new Error(code), { code })
      return 'done'
    },
  }
}

test.each(['EPERM', 'EACCES', 'EBUSY'])(
  'on Windows a file that is held (%s) is tried again until it is released',
  async (code) => {
    const { change, calls } = held(3, code)
    expect(await untilReleased(change, { platform: 'win32' })).toBe('done')
    expect(calls()).toBe(4)
  },
)

test('on Windows patience ends', async () => {
  const { change, calls } = held(Infinity, 'EBUSY')
  await expect(untilReleased(change, { platform: 'win32', patienceMs: 100 })).rejects.toMatchObject({
    code: 'EBUSY',
  })
  expect(calls()).toBeGreaterThan(2)
})

test('on Windows a fired signal ends patience', async () => {
  const { change, calls } = held(Infinity, 'EBUSY')
  const waiting = untilReleased(change, { platform: 'win32', signal: AbortSignal.timeout(40) })
  await expect(waiting).rejects.toMatchObject({ code: 'EBUSY' })
  expect(calls()).toBeGreaterThan(1)
})

test('on Windows what has another reason is not tried again', async () => {
  const { change, calls } = held(1, 'ENOENT')
  await expect(untilReleased(change, { platform: 'win32' })).rejects.toMatchObject({ code: 'ENOENT' })
  expect(calls()).toBe(1)
})

test.each(['linux', 'darwin'] as const)('on %s the first refusal is final', async (platform) => {
  const { change, calls } = held(1, 'EPERM')
  await expect(untilReleased(change, { platform })).rejects.toMatchObject({ code: 'EPERM' })
  expect(calls()).toBe(1)
})
