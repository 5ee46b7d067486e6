import { describe, expect, test } from 'vitest'
import { place, used } from './health-world.ts'

/** Who is told of what is wrong: everybody once, whatever happens in between. */

const hour = 3_600_000

describe('an alert', () => {
  test('is neither repeated nor forgotten by a restart', async () => {
    const made = await used()
    made.pass(25 * hour)
    await made.backup.checkHealth()
    made.restart()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised backup-overdue'])
    await made.backup.run()
    made.restart()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised backup-overdue', 'cleared backup-overdue'])
  })

  test('is cleared when a provider was added because of it', async () => {
    const made = await used([[place('disk')]])
    await made.backup.checkHealth()
    made.restart({ providers: [place('cloud', false), ...made.places] })
    await made.backup.init()
    await made.backup.sync()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised three-two-one', 'cleared three-two-one'])
  })

  test('that reached nobody is told again, until it does', async () => {
    const made = await used()
    made.pass(25 * hour)
    made.bell.fails = true
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: ['backup-overdue'] })
    made.restart()
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: ['backup-overdue'] })
    made.bell.fails = false
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [{ id: 'backup-overdue' }], untold: [] })
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [] })
    expect(made.told).toEqual(['raised backup-overdue'])
  })

  test('is told once, however many look at the same time', async () => {
    const made = await used()
    made.pass(25 * hour)
    await Promise.all([made.backup.checkHealth(), made.backup.checkHealth(), made.backup.checkHealth()])
    expect(made.told).toEqual(['raised backup-overdue'])
  })

  test('is not told by health(), which only looks', async () => {
    const made = await used()
    made.pass(25 * hour)
    await made.backup.health()
    expect(made.told).toEqual([])
  })
})

describe('watch', () => {
  test('looks again and again until its signal fires', async () => {
    const { backup } = await used()
    const end = new AbortController()
    let looks = 0
    await backup.watch({ signal: end.signal, interval: 1, onCheck: () => void (++looks === 3 && end.abort()) })
    expect(looks).toBe(3)
  })

  test('ends when the backup is closed', async () => {
    const { backup } = await used()
    let watching: Promise<void> | undefined
    await new Promise<void>((resolve) => (watching = backup.watch({ onCheck: () => resolve() })))
    await backup.close()
    expect(await watching).toBeUndefined()
  })

  test('refuses an interval that is none', async () => {
    const { backup } = await used()
    await expect(backup.watch({ interval: 'soon' as never })).rejects.toMatchObject({ kind: 'config' })
  })
})
