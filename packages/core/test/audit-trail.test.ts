import { expect, test } from 'vitest'
import { type Backup, type BackupEvent, BackupError, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(1))
const source = memorySource({ main: noise(3000, 1) })

function open(provider: BackupProvider, state = freshMemoryState()): Backup {
  return createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state })
}

const auditKeys = ({ objects }: ReturnType<typeof memoryProvider>): string[] => [...objects.keys()].filter((name) => name.startsWith('audit/')).toSorted()

test('a restore is in the trail, with who and why; a backup leaves nothing there', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  const { id } = await backup.run()
  expect(auditKeys(provider)).toEqual([])
  await backup.restore('latest', { to: 'desk', actor: 'anna', reason: 'The disk died.' })
  await backup.restore('latest', { to: 'shelf' })
  const { entries } = await backup.audit()
  expect(entries).toMatchObject([
    { action: 'restore', actor: 'anna', reason: 'The disk died.', subject: [id], details: { to: 'desk', overwrite: false } },
    { action: 'restore', actor: 'unknown', reason: null, subject: [id] },
  ])
})

test('a restore is in the trail before anything is put in its place, though it fails then', async () => {
  const provider = memoryProvider()
  const seen: number[] = []
  const dying = {
    ...source,
    async restore(request: Parameters<typeof source.restore>[0]) {
      const sink = await source.restore(request)
      return {
        ...sink,
        async commit(): Promise<never> {
          seen.push(auditKeys(provider).length)
          throw new BackupError('permanent', 'The disk died.')
        },
      }
    },
  }
  const backup = createBackup({ source: dying, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  await backup.init()
  await backup.run()
  await expect(backup.restore('latest', { to: 'attic', reason: 'A try.' })).rejects.toThrow('The disk died.')
  expect(seen).toEqual([1])
  expect((await backup.audit()).entries).toMatchObject([{ action: 'restore', reason: 'A try.' }])
})

test('what is refused or cancelled before leaves no line in the trail', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  await backup.run()
  await expect(backup.restore('latest', { only: ['nothing of that name'] })).rejects.toMatchObject({ kind: 'unsupported' })
  const cancelled = backup.restore('latest', { to: 'cellar' })
  cancelled.cancel()
  await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' })
  expect(auditKeys(provider)).toEqual([])
})

test('what an application does around the backup is in the trail when it says so, and nothing that a backup records by itself', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  const made = await backup.recordDeed('schedule-pause', { subject: ['shop-backup'], actor: 'anna', reason: 'A new disk.' })
  await backup.recordDeed('account-connect', { subject: ['drive'] })
  await expect(backup.recordDeed('restore' as never, { subject: [] })).rejects.toMatchObject({ kind: 'config', key: 'deed' })
  const { entries } = await backup.audit()
  expect(entries).toMatchObject([
    { id: made.id, action: 'schedule-pause', actor: 'anna', reason: 'A new disk.', subject: ['shop-backup'], details: {} },
    { action: 'account-connect', actor: 'unknown', reason: null, subject: ['drive'] },
  ])
  expect(await backup.verifyAudit()).toMatchObject({ ok: true, entries: 2 })
})

test('a copy that can only be read is restored from, with a warning that the trail does not know', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  await backup.run()
  const asked: string[] = []
  const refusal = new BackupError('auth', 'This copy can only be read.')
  const readOnly = open({ ...provider, put: async (name) => (asked.push(name), Promise.reject(refusal)) })
  const run = readOnly.restore('latest', { to: 'elsewhere' })
  const events: BackupEvent[] = []
  for await (const event of run) events.push(event)
  await run
  expect(source.places.has('elsewhere')).toBe(true)
  expect(asked).toEqual([expect.stringMatching(/^audit\//)])
  expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ message: expect.stringContaining('This copy can only be read.') as string }])
})

test('a drill is in the trail before anything is read, with who and why; one that is refused reads nothing', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  const { id } = await backup.run()
  await expect(backup.drill({ keep: true })).rejects.toMatchObject({ kind: 'config', key: 'keep' })
  expect(auditKeys(provider)).toEqual([])
  const done: string[] = []
  const watched = open({
    ...provider,
    put: async (name, ...rest) => (done.push(name.split('/')[0]!), provider.put(name, ...rest)),
    get: (name, ...rest) => (done.push(name.split('/')[0]!), provider.get(name, ...rest)),
  })
  await watched.drill({ to: 'trial', actor: 'anna', reason: 'Second quarter', host: 'till 3' })
  await watched.drill({ to: 'trial' })
  expect(done.slice(done.indexOf('packs') - 1, done.indexOf('packs') + 1)).toEqual(['audit', 'packs'])
  const { entries } = await backup.audit()
  expect(entries).toMatchObject([
    { action: 'drill', actor: 'anna', reason: 'Second quarter', subject: [id], details: { to: 'trial', keep: false, host: 'till 3' } },
    { action: 'drill', actor: 'unknown', reason: null, subject: [id], details: { to: 'trial', host: null } },
  ])
  expect(await backup.verifyAudit()).toMatchObject({ ok: true, entries: 2, problems: [] })
})

test('a drill that dies in the middle has left its trace', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  await backup.run()
  let reads = 0
  const dead = new BackupError('permanent', 'The machine is off.')
  const mortal = open({
    ...provider,
    put: (name, ...rest) => (reads > 0 ? Promise.reject(dead) : provider.put(name, ...rest)),
    get: (name, ...rest) => (name.startsWith('packs/') ? (reads++, Promise.reject(dead)) : provider.get(name, ...rest)),
  })
  await expect(mortal.drill({ to: 'trial', reason: 'monthly' })).rejects.toBe(dead)
  expect(reads).toBeGreaterThan(0)
  expect(await backup.drills()).toEqual([])
  expect((await backup.audit()).entries).toMatchObject([{ action: 'drill', reason: 'monthly' }])
})

test('a copy that can only be read is drilled, with warnings that neither trail nor evidence know', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  await backup.run()
  const asked: string[] = []
  const refusal = new BackupError('auth', 'This copy can only be read.')
  const readOnly = open({ ...provider, put: async (name) => (asked.push(name.split('/')[0]!), Promise.reject(refusal)) })
  const run = readOnly.drill({ to: 'trial' })
  const warnings: string[] = []
  for await (const event of run) if (event.type === 'warning') warnings.push(event.message)
  expect(await run).toMatchObject({ ok: true, scratch: 'removed' })
  expect(asked).toEqual(['audit', 'checks'])
  expect(warnings).toEqual([
    'The drill is not in the audit trail: This copy can only be read.',
    'The evidence of this drill was not stored: This copy can only be read.',
  ])
})

test('two installations keep a chain each, and both are sound', async () => {
  const provider = memoryProvider()
  const [one, other] = [open(provider), open(provider)]
  await one.init()
  await one.run()
  await one.restore('latest', { to: 'a1' })
  await other.restore('latest', { to: 'b1' })
  await one.restore('latest', { to: 'a2' })
  const report = await open(provider).verifyAudit()
  expect(report).toMatchObject({ ok: true, entries: 3, problems: [] })
  expect(report.writers.map(({ entries }) => entries).toSorted()).toEqual([1, 2])
})

test('a snapshot remembers the newest entry made before it, so that nobody cuts it off unnoticed', async () => {
  const provider = memoryProvider()
  const backup = open(provider)
  await backup.init()
  await backup.run()
  await backup.restore('latest', { to: 'c1' })
  await backup.restore('latest', { to: 'c2' })
  await backup.run()
  const kept = new Map(provider.objects)
  const newest = auditKeys(provider).at(-1)!
  provider.objects.delete(newest)

  // Whoever has no memory of his own learns it from the snapshot.
  const { ok, problems } = await open(provider).verifyAudit()
  expect(ok).toBe(false)
  expect(problems).toMatchObject([{ kind: 'cut', key: expect.stringMatching(/^commits\//) as string, message: expect.stringContaining(newest.slice(-64).slice(0, 12)) as string }])
  provider.objects.set(newest, kept.get(newest)!)
  expect(await open(provider).verifyAudit()).toMatchObject({ ok: true })
})
