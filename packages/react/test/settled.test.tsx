import './dom.ts'
import { BackupDashboard, english } from '@backup/react/dashboard'
import { act, fireEvent, render } from '@testing-library/react'
import { expect, onTestFinished, test, vi } from 'vitest'
import { host } from './host.ts'

test('who types a policy asks what it would leave when the number is there, and not at each of its digits', async () => {
  const { client, requests, backup } = await host()
  await backup.run()
  const { container, unmount } = render(<BackupDashboard client={client} initialTab="retention" />)
  onTestFinished(unmount)
  const until = (check: () => unknown): Promise<unknown> => act(() => vi.waitUntil(check, { timeout: 60_000, interval: 10 }))
  const asked = (): number => requests.filter((path) => path.endsWith('/retention/preview')).length
  await until(() => container.querySelector('.backup-lanes'))
  const custom = [...container.querySelectorAll('button')].find(({ textContent }) => textContent === english.retention.presets.custom)!
  act(() => custom.click())
  await until(() => asked() === 2 && container.querySelector('.backup-lanes'))

  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const field = container.querySelector<HTMLInputElement>('.backup-counts input')!
  for (const value of ['1', '12', '120']) {
    act(() => void fireEvent.change(field, { target: { value } }))
    act(() => void vi.advanceTimersByTime(200))
  }
  expect(field.value).toBe('120')
  expect(asked()).toBe(2)
  act(() => void vi.advanceTimersByTime(200))
  vi.useRealTimers()
  await until(() => asked() > 2)
  expect(asked()).toBe(3)
})
