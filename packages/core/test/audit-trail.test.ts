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
