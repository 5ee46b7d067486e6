import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryState } from '../portable/runtime.ts'
import { type RunEntry, history } from './history.ts'

const at = Date.UTC(2031, 0, 1)
const entry = (more: Partial<RunEntry> = {}): RunEntry => ({
  operation: 'backup', at, durationMs: 5, ok: true, bytes: 7, stored: 3, retries: 1, warnings: 0, ...more,
})

test('what was noted is read back, by another process too', async () => {
  const state = createMemoryState()
  const noted = [entry(), entry({ operation: 'drill', restored: true }), entry({ ok: false, error: { kind: 'auth', message: 'No access.' } })]
  for (const one of noted) await history(state, 'runs').add(one)
  expect(await history(state, 'runs').read()).toEqual(noted)
})

test('a month of quarters of an hour has room, and what is rare is not pushed out', async () => {
  const state = createMemoryState()
  const runs = history(state, 'runs')
  await runs.add(entry({ operation: 'drill', at: 1 }))
  for (let run = 0; run < 3200; run++) await runs.add(entry({ at: at + run }))
  const found = await runs.read()
  expect(found.length).toBeGreaterThanOrEqual(3001)
  expect(found.length).toBeLessThanOrEqual(3001 + 64)
  expect(found[0]).toMatchObject({ operation: 'drill', at: 1 })
  expect(found.slice(1).map((one) => one.at - at)).toEqual(Array.from({ length: found.length - 1 }, (_, run) => 3200 - (found.length - 1) + run))
})

test('a run writes little: what is older is written again only now and then', async () => {
  const sizes: number[] = []
  const inner = createMemoryState()
  const runs = history({ ...inner, write: (name, bytes) => (sizes.push(bytes.length), inner.write(name, bytes)) }, 'runs')
  for (let run = 0; run < 640; run++) await runs.add(entry())
  expect(sizes.filter((size) => size > 5000)).toHaveLength(9)
  expect(await runs.read()).toHaveLength(640)
})

test('a long message is cut', async () => {
  const state = createMemoryState()
  await history(state, 'runs').add(entry({ ok: false, error: { kind: 'permanent', message: 'x'.repeat(10_000) } }))
  expect((await history(state, 'runs').read())[0]!.error!.message).toHaveLength(300)
})

describe('a damaged item', () => {
  test.each(['', '{', 'null', '[]', '{"version":2,"rows":[]}', '{"version":1,"rows":7}', '\u0000\u0001'])('such as %j is as good as none', async (text) => {
    const state = createMemoryState()
    await state.write('runs-new', new TextEncoder().encode(text))
    const runs = history(state, 'runs')
    expect(await runs.read()).toEqual([])
    await runs.add(entry())
    expect(await runs.read()).toEqual([entry()])
  })

  test('keeps the rows that are whole', async () => {
    const state = createMemoryState()
    const runs = history(state, 'runs')
    await runs.add(entry())
    const { rows } = JSON.parse(new TextDecoder().decode(await state.read('runs-new'))) as { rows: unknown[] }
    const broken = { version: 1, rows: [null, 7, [], ['backup', 'then'], ...rows, ['backup', 1, 2, 3, 4, 5, 6, null, 0]] }
    await state.write('runs-new', new TextEncoder().encode(JSON.stringify(broken)))
    expect(await runs.read()).toEqual([entry()])
  })

  test('never makes anything fail, wherever a byte was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(255), async (place, byte) => {
        const state = createMemoryState()
        const runs = history(state, 'runs')
        await runs.add(entry())
        const bytes = (await state.read('runs-new'))!
        bytes[place % bytes.length] = byte
        await state.write('runs-new', bytes)
        expect((await runs.read()).length).toBeLessThanOrEqual(1)
      }),
    )
  })
})
