import './dom.ts'
import { type BackupClient, type SnapshotJson, type SnapshotPageJson, createBackupClient } from '@backup/client'
import { createBackupHandler } from '@backup/http'
import { BackupDashboard } from '@backup/react/dashboard'
import { act, render } from '@testing-library/react'
import { expect, onTestFinished, test, vi } from 'vitest'
import { host } from './host.ts'

// What the overview draws before all is known, and when it cannot be.

const daysOf = (container: HTMLElement): string[] => [...container.querySelectorAll('.backup-strip button')].map((mark) => mark.getAttribute('data-state')!)
const isListed = (request: Request): boolean => new URL(request.url).pathname.endsWith('/snapshots')
const until = (check: () => unknown): Promise<unknown> => act(() => vi.waitUntil(check, { timeout: 60_000, interval: 10 }))

function shown(client: BackupClient): HTMLElement {
  const { container, unmount } = render(<BackupDashboard client={client} />)
  onTestFinished(unmount)
  return container
}

test('as long as the backups are on their way, nothing is said of days or of sizes', async () => {
  let end = (): void => {}
  const never = new ReadableStream({ start: (controller) => void (end = () => controller.close()) })
  const { backup, client } = await host((request) => (isListed(request) ? new Response(never) : undefined))
  await backup.run()
  const container = shown(client)
  await until(() => container.querySelector('.backup-figures') && container.textContent!.includes('Last good backup'))
  expect(container.querySelectorAll('.backup-overview .backup-waiting')).toHaveLength(2)
  expect(daysOf(container)).toEqual([])
  expect(container.textContent).not.toContain('as soon as there are two backups')
  await act(async () => end())
})

test('when they cannot be fetched it says so, and draws them as soon as they can', async () => {
  let isBroken = true
  const { backup, client } = await host((request) => {
    const problem = { type: '', title: 'Failed', status: 500, detail: 'Something outside of the backup failed.', code: 'internal', hint: 'The log of the program says why.', retryable: false }
    return isBroken && isListed(request) ? Response.json(problem, { status: 500, headers: { 'content-type': 'application/problem+json' } }) : undefined
  })
  await backup.run()
  const container = shown(client)
  await until(() => container.textContent!.includes('Something in the application failed.'))
  expect(daysOf(container)).toEqual([])
  expect(container.textContent).not.toContain('as soon as there are two backups')
  isBroken = false
  const again = [...container.querySelectorAll('button')].find(({ textContent }) => textContent === 'Try again')!
  act(() => again.click())
  await until(() => daysOf(container).length === 30)
  expect(daysOf(container).at(-1)).toBe('good')
  expect(container.textContent).toContain('as soon as there are two backups')
})

test('a month of a backup every quarter of an hour is looked at as a whole', async () => {
  const every = await quarterHours(30 * 96)
  const container = shown(every)
  await until(() => daysOf(container).length === 30)
  expect(new Set(daysOf(container))).toEqual(new Set(['good']))
})

test('of days before the oldest that is listed it is not said that there was none', async () => {
  const every = await quarterHours(5000, 1)
  const container = shown(every)
  await until(() => daysOf(container).length === 30)
  // Three thousand minutes are some two days, which may be in four.
  expect(daysOf(container).slice(0, 26)).toEqual(Array(26).fill('unlisted'))
  expect(daysOf(container).at(-1)).toBe('good')
})

test('a day on which a backup failed is marked also when the program was started anew', async () => {
  const { backup, source } = await host()
  await backup.run()
  source.breaks = true
  await expect(backup.run()).rejects.toThrow('gone')
  source.breaks = false
  const handler = createBackupHandler(backup, { authorize: () => ({ actor: 'anna', role: 'owner' }) })
  onTestFinished(() => handler.close())
  const client = createBackupClient({ fetch: handler })
  const container = shown(client)
  await until(() => daysOf(container).at(-1) === 'failed')
  expect(client.jobs.getSnapshot().data ?? []).toEqual([])
})

/** A client to whom so many backups are told of, one so many minutes after the other. */
async function quarterHours(count: number, minutes = 15): Promise<BackupClient> {
  const told: { pattern?: SnapshotJson } = {}
  const nowMs = Date.now()
  const { backup, handler, client } = await host((request) => {
    if (!told.pattern || !isListed(request)) return undefined
    const { searchParams } = new URL(request.url)
    const [from, limit] = [Number(searchParams.get('before') ?? 0), Number(searchParams.get('limit'))]
    const snapshots = Array.from({ length: Math.min(limit, count - from) }, (_, n) => ({ ...told.pattern!, id: (from + n).toString(16).padStart(64, '0'), time: new Date(nowMs - (from + n) * minutes * 60_000).toISOString() }))
    const page: SnapshotPageJson = { snapshots, total: count, ...(from + limit < count && { next: String(from + limit) }) }
    return Response.json(page)
  })
  await backup.run()
  const answer = await handler(new Request('http://localhost/api/backup/snapshots'))
  told.pattern = ((await answer.json()) as SnapshotPageJson).snapshots[0]!
  return client
}
