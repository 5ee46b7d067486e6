import './dom.ts'
import type { JobJson, StreamEvent } from '@backup/client'
import { act, render } from '@testing-library/react'
import { Profiler } from 'react'
import { BackupDashboard } from '@backup/react/dashboard'
import { expect, onTestFinished, test, vi } from 'vitest'
import { host } from './host.ts'

const job: JobJson = { id: 'j1', operation: 'backup', state: 'running', startedAt: '2026-01-01T00:00:00Z', warnings: [], retries: 0 }

test('an event of a job costs one commit, in which the page itself does not render', async () => {
  let say: (event: StreamEvent) => void = () => {}
  let count = 0
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      say = (event) => controller.enqueue(new TextEncoder().encode(`event: ${event.type}\nid: e-${++count}\ndata: ${JSON.stringify(event)}\n\n`))
    },
  })
  const { client } = await host((request) => (request.url.endsWith('/events/stream') ? new Response(stream) : undefined))
  let commits = 0
  let pages = 0
  const explore = (): null => {
    pages++
    return null
  }
  const { container, unmount } = render(
    <Profiler id="dashboard" onRender={() => void commits++}>
      <BackupDashboard client={client} tabs={['explore', 'overview']} explore={explore} />
    </Profiler>,
  )
  onTestFinished(unmount)
  const until = (check: () => unknown): Promise<unknown> => act(() => vi.waitUntil(check, { timeout: 60_000, interval: 10 }))
  const told = async (event: StreamEvent, text: string): Promise<void> => {
    say(event)
    await until(() => container.textContent?.includes(text))
  }
  await act(async () => say({ type: 'hello', resumed: false, jobs: [job] }))
  await until(() => container.querySelector('progress') && client.resource('GET /health').getSnapshot().data && client.resource('GET /session').getSnapshot().data)
  // What was asked for at the beginning has come when nothing changes any more.
  for (let before = -1; before !== commits; ) {
    before = commits
    await act(() => new Promise((done) => setTimeout(done, 300)))
  }
  commits = 0
  pages = 0
  for (let n = 1; n <= 20; n++) {
    const progress = { doneBytes: n * 1_000_000, totalBytes: 40_000_000, movedBytes: n, bytesPerSecond: 5_000_000 }
    await told({ type: 'job', job: { ...job, phase: 'store', progress } }, `${n} MB of 40 MB`)
  }
  expect(commits).toBe(20)
  expect(pages).toBe(0)
})
