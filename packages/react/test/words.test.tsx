import './dom.ts'
import { BackupDashboard, type Words, english } from '@backup/react/dashboard'
import { act, render } from '@testing-library/react'
import { expect, onTestFinished, test, vi } from 'vitest'
import { host } from './host.ts'

const mark = '§'

/** The same words in a language of which every word can be told. */
function marked<Value>(value: Value): Value {
  if (typeof value === 'string') return `${mark}${value}` as Value
  if (typeof value === 'function') return ((...given: unknown[]) => marked(value(...given))) as Value
  if (Array.isArray(value)) return value.map(marked) as Value
  return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, marked(one)])) as Value
}

const speaking = 'button, summary, label, option, h1, h2, h3, dt, th, legend, [role=status], .backup-badge, .backup-empty'
const tabs = ['overview', 'backups', 'storage', 'retention', 'drills', 'activity', 'settings'] as const

test.each(tabs)('everything that %s says by itself can be said in another language', async (tab) => {
  const { backup, client } = await host()
  await backup.run()
  await backup.drill({ actor: 'anna' })
  const words: Words = marked(english)
  const { container, unmount } = render(<BackupDashboard client={client} initialTab={tab} words={words} />)
  onTestFinished(unmount)
  const isThere = (): boolean => container.querySelector('[role=tab]') !== null && container.querySelector('.backup-waiting') === null
  await act(() => vi.waitUntil(isThere, { timeout: 60_000, interval: 10 }))
  const said = [...container.querySelectorAll(speaking)].flatMap((element) => [element.textContent ?? '', element.getAttribute('aria-label') ?? ''])
  const texts = said.filter((text) => /\p{L}{2}/u.test(text))
  expect(texts.length).toBeGreaterThan(10)
  expect(texts.filter((text) => !text.includes(mark))).toEqual([])
})
