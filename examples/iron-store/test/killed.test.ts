import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobJson } from '@backup/http'
import { expect, test } from 'vitest'
import { type Machine, machine } from './machine.ts'
import { type Program, program } from './program.ts'
import { setUp } from './talk.ts'

// The program is a process of its own here, and is killed as a power cut does it.

const patienceMs = 120_000
const attempts = 8
const megabytes = 24

/** Kills it while a job is in this phase. @returns whether it was: a quick machine may have been quicker */
async function killIn(target: Program, { id }: JobJson, phases: readonly string[]): Promise<boolean> {
  for (;;) {
    const job = await target.ask<JobJson>(`/api/backup/jobs/${id}`)
    if (job.state !== 'running') return false
    if (job.phase === undefined || !phases.includes(job.phase)) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      continue
    }
    await target.kill()
    return true
  }
}

const start = (of: Machine): Promise<Program> => program(of)
const customers = (of: Machine): unknown => of.sql('SELECT count(*) FROM customer')
const beside = ({ data }: Machine): string[] => readdirSync(data).filter((name) => /partial/.test(name))

test('killed in the middle of a backup, it starts again, and the next backup is whole', async () => {
  const shop = machine({ days: 10, megabytes })
  let shopProgram = await start(shop)
  await setUp(shopProgram, shop.backups)
  await shopProgram.backUp()
  let isKilled = false
  for (let attempt = 0; attempt < attempts && !isKilled; attempt++) {
    shop.sql('UPDATE customer SET address = hex(randomblob(500000)) WHERE id > 20')
    const job = await shopProgram.ask<JobJson>('/api/backup/backups', {})
    isKilled = await killIn(shopProgram, job, ['read', 'store'])
  }
  expect(isKilled).toBe(true)
  expect(shop.sql('PRAGMA integrity_check')).toBe('ok')

  shopProgram = await start(shop)
  const before = customers(shop)
  const { snapshot } = await shopProgram.backUp('After the power was back')
  const verified = await shopProgram.done(await shopProgram.ask<JobJson>('/api/backup/verifications', { depth: 'data' }))
  expect(verified.result).toMatchObject({ verify: { ok: true } })
  shop.sql('DELETE FROM customer WHERE id > 20')
  await shopProgram.done(await shopProgram.restore(snapshot!.id))
  expect(customers(shop)).toBe(before)
  expect(await shopProgram.end()).toBe(0)
}, patienceMs * 4)

test.each([
  ['while it is fetched', 'fetch', ['old']],
  ['while it takes its place', 'deliver', ['old', 'restored']],
] as const)('killed in the middle of a restore, %s, it starts again with the old data or the new', async (_, phase, allowed) => {
  const shop = machine({ days: 10, megabytes })
  let shopProgram = await start(shop)
  await setUp(shopProgram, shop.backups)
  const { snapshot } = await shopProgram.backUp()
  const restored = customers(shop)
  let isKilled = false
  let old: unknown
  for (let attempt = 0; attempt < attempts && !isKilled; attempt++) {
    shop.sql('DELETE FROM customer WHERE id > 30')
    shop.sql("INSERT INTO invoice_counter VALUES (2020, 77) ON CONFLICT (year) DO NOTHING")
    old = customers(shop)
    isKilled = await killIn(shopProgram, await shopProgram.restore(snapshot!.id), [phase])
  }
  expect(isKilled).toBe(true)
  expect(old).not.toBe(restored)

  shopProgram = await start(shop)
  expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
  const states = { old, restored }
  expect(allowed.map((state) => states[state])).toContain(customers(shop))
  expect(beside(shop)).toEqual([])
  // Somebody is told, until he has said that he knows.
  expect(await shopProgram.ask('/api/store/interrupted')).toMatchObject({ snapshot: snapshot!.id })
  await shopProgram.ask('/api/store/interrupted/dismiss', {})
  expect(await shopProgram.ask('/api/store/interrupted')).toBe(null)
  // Whichever it is: numbers that went out are not given out again.
  expect(shop.sql('SELECT last FROM invoice_counter WHERE year = 2020')).toBe(77)
  await shopProgram.done(await shopProgram.restore(snapshot!.id))
  expect(customers(shop)).toBe(restored)
  await shopProgram.ask('/api/store/customers', { name: 'Somebody new' })
}, patienceMs * 4)

test('a second program on the same data is refused, also after the first was killed and another started', async () => {
  const shop = machine({ days: 0 })
  const first = await start(shop)
  await expect(start(shop)).rejects.toThrow('running already')
  await first.kill()
  await start(shop)
  await expect(start(shop)).rejects.toThrow('running already')
})

test('a shell hands over a key of its own, and takes the program with it when it ends', async () => {
  const shop = machine({ days: 0 })
  const key = Buffer.alloc(32, 7).toString('base64')
  const first = await program({ ...shop, args: ['--shell'], input: `${JSON.stringify({ key })}\n` })
  await setUp(first, shop.backups)
  await first.backUp()
  const gone = new Promise((resolve) => first.child.once('exit', resolve))
  first.child.stdin?.end()
  expect(await gone).toBe(0)
  expect(readdirSync(shop.data)).not.toContain('machine.key')
  // With another key the backups do not open, and the program says so and goes on.
  writeFileSync(join(shop.data, 'machine.key'), Buffer.alloc(32, 8).toString('base64'))
  const other = await start(shop)
  expect(await other.ask('/api/backup/setup')).toMatchObject({ state: 'locked' })
  await other.ask('/api/store/customers', { name: 'Somebody' })
})
