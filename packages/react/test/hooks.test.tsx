import './dom.ts'
import { act, cleanup, render } from '@testing-library/react'
import type { ReactNode } from 'react'
import {
  BackupClientProvider, useBackupClient, useBackupJob, useBackups, useConnection, useDrills, useEvents, useHealth, useProviders,
  useResource, useRestore, useRetentionPreview, useRows, useRowsBack, useRunningJobs, useSchedule,
} from '@backup/react'
import { afterEach, expect, test, vi } from 'vitest'
import { type Host, host } from './host.ts'

afterEach(cleanup)

/** Renders a component that uses a hook. @returns what the hook gave last */
function using<Value>({ client }: Host, hook: () => Value): () => Value {
  let value: Value
  function Probe(): ReactNode {
    value = hook()
    return null
  }
  render(<BackupClientProvider client={client}><Probe /></BackupClientProvider>)
  return () => value
}

/** Waits as long as a busy machine may take. */
const until = (check: () => unknown): Promise<unknown> =>
  act(() => vi.waitUntil(check, { timeout: 60_000, interval: 10 }))

test('useBackups has what there is, newest first, and starts another one', async () => {
  const application = await host()
  await application.backup.run({ note: 'first' })
  const backups = using(application, () => useBackups({ limit: 1 }))
  expect(backups().status).toBe('pending')
  await until(() => backups().data?.total === 1)
  await act(() => backups().start({ note: 'second' }))
  await until(() => backups().data?.total === 2)
  expect(backups().data?.snapshots.map(({ note }) => note)).toEqual(['second'])
  await act(() => backups().loadMore())
  expect(backups().data?.snapshots.map(({ note }) => note)).toEqual(['second', 'first'])
})

test('useBackupJob follows what is under way, or one job by its id, to its end', async () => {
  const application = await host()
  const all = using(application, () => ({ newest: useBackupJob(), client: useBackupClient(), running: useRunningJobs() }))
  let id = ''
  await act(async () => void ({ id } = await all().client.call('POST /backups')))
  await until(() => all().newest.data?.state === 'done')
  expect(all().newest.data?.id).toBe(id)
  await until(() => all().running.length === 0)
  const one = using(application, () => useBackupJob(id))
  await until(() => one().data?.snapshot !== undefined)
})

test('useRestore plans, confirms and reports', async () => {
  const application = await host()
  await application.backup.run()
  const restore = using(application, useRestore)
  await act(() => restore().plan({ snapshot: 'latest' }))
  expect(restore().state).toMatchObject({ step: 'planned', plan: { safety: true } })
  await act(() => restore().confirm({ reason: 'A rehearsal of the worst.' }))
  await until(() => restore().state.step === 'done')
  act(() => restore().reset())
  expect(restore().state).toEqual({ step: 'idle' })
})

test('useHealth says how it is, with figures', async () => {
  const application = await host()
  await application.backup.run()
  const health = using(application, useHealth)
  await until(() => health().data && health().figures)
  expect(health().data?.reasons.map(({ id }) => id)).not.toContain('no-backup')
  expect(health().figures).toMatchObject({ label: 'memory', snapshots: 1 })
})

test('useSchedule says when it comes round, and refuses what nobody runs', async () => {
  const schedule = using(await host(), useSchedule)
  await until(() => schedule().data)
  expect(schedule().data).toMatchObject({ running: false, jobs: [{ name: 'backup', schedule: { every: '1h' } }] })
  await expect(schedule().pause('backup')).rejects.toMatchObject({ code: 'unknown' })
})

test('useProviders says where copies are, and begins to connect', async () => {
  const providers = using(await host(), useProviders)
  await until(() => providers().data)
  expect(providers().data).toMatchObject({ providers: [{ name: 'memory' }], accounts: [] })
  await act(() => providers().connect('nobody', () => undefined))
  expect(providers().signIn).toMatchObject({ step: 'failed', account: 'nobody' })
})

test('useEvents and useConnection tell what happens, as it happens', async () => {
  const application = await host()
  const events = using(application, () => ({ log: useEvents(), connection: useConnection() }))
  await until(() => events().log.data && events().connection.status === 'live')
  await act(async () => void (await application.backup.run()))
  await until(() => events().log.data?.some(({ title }) => title === 'The backup is done'))
})

test('useRetentionPreview shows what rules would leave, and follows them when they are others', async () => {
  const application = await host()
  for (let n = 0; n < 3; n++) await application.backup.run()
  let last = 1
  const preview = using(application, () => useRetentionPreview({ rules: { last } }))
  await until(() => preview().data)
  expect(preview().data?.steps[0]?.keep).toHaveLength(1)
  last = 2
  const other = using(application, () => useRetentionPreview({ rules: { last } }))
  await until(() => other().data?.steps[0]?.keep.length === 2)
})

test('useDrills has the evidence, and rehearses again', async () => {
  const application = await host()
  await application.backup.run()
  const drills = using(application, useDrills)
  await until(() => drills().data)
  await act(() => drills().start({ reason: 'Monthly rehearsal.' }))
  await until(() => drills().data?.drills.length === 1)
  expect(drills().data?.drills[0]).toMatchObject({ ok: true, actor: 'anna' })
})

test('useRows and useRowsBack say that tables are not to be had where nothing looks into them', async () => {
  const application = await host()
  await application.backup.run()
  const asked = { snapshot: 'latest', table: 'products' }
  const both = using(application, () => ({ rows: useRows(asked), back: useRowsBack() }))
  expect(both().back.state).toEqual({ step: 'idle' })
  await until(() => both().rows.status === 'failed')
  expect(both().rows.error).toMatchObject({ problem: { kind: 'unsupported' } })
  await act(() => both().back.plan({ ...asked, keys: [[42]] }))
  expect(both().back.state).toMatchObject({ step: 'failed', error: { hint: expect.stringContaining('sqliteTravel()') } })
})

test('useResource is for everything else', async () => {
  const configuration = using(await host(), () => useResource('GET /configuration'))
  await until(() => configuration().data)
  expect(configuration().data?.source.label).toBe('memory')
})

test('a hook without a provider around it says what is missing', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  function Lost(): ReactNode {
    useBackupClient()
    return null
  }
  expect(() => render(<Lost />)).toThrow('BackupClientProvider')
  vi.restoreAllMocks()
})
