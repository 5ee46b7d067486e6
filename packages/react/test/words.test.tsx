import './dom.ts'
import { createBackupClient } from '@backup/client'
import { BackupError } from '@backup/core'
import { BackupDashboard, type TabName, type Words, english } from '@backup/react/dashboard'
import { act, render } from '@testing-library/react'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Shop, shop } from './ui/shop.ts'

const [begin, end] = ['⟦', '⟧']

/** The same words in a language of which every word can be told. */
function marked<Value>(value: Value): Value {
  if (typeof value === 'string') return (value === '' ? value : `${begin}${value}${end}`) as Value
  if (typeof value === 'function') return ((...given: unknown[]) => marked(value(...given))) as Value
  if (Array.isArray(value)) return value.map(marked) as Value
  return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, marked(one)])) as Value
}

const words: Words = marked(english)
/** Its figures, units and times have no letter of ours: what has one was said by the dashboard, or is data. */
const locale = 'ar-EG'
const attributes = ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext']

/** What somebody reads or hears who uses the page, but for what the application itself has given its things as names. */
function unsaid(root: ParentNode, names: readonly string[]): string[] {
  const texts: string[] = []
  for (const element of root.querySelectorAll('*')) {
    // What programs say of failures is marked as being in their language.
    if (element.closest('[lang=en]')) continue
    texts.push(...[...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent ?? ''))
    texts.push(...attributes.map((name) => element.getAttribute(name) ?? ''))
  }
  return texts.flatMap((text) => {
    const rest = names.reduce((left, name) => left.replaceAll(name, ''), withoutWords(text))
    return /[A-Za-z]{2}/.test(rest) ? [text] : []
  })
}

/** Words may hold others. */
function withoutWords(text: string): string {
  const less = text.replace(/⟦[^⟦⟧]*⟧/g, '')
  return less === text ? text : withoutWords(less)
}

describe('everything that the dashboard says can be said in another language:', () => {
  let store: Shop
  let names: string[] = []
  beforeAll(async () => {
    store = await shop({ days: 8 })
    store.vendor.revoke()
    await store.backup.drill({ actor: 'anna' })
    const all = await store.backup.snapshots()
    const [second, newest] = all.slice(-2)
    await store.backup.remove([second!.id], { actor: 'anna', reason: 'price list' })
    await store.backup.hold([newest!.id], { actor: 'anna', reason: 'price list' })
    const { label } = store.backup.settings.source
    const locations = store.backup.settings.providers.map(({ location }) => location)
    const ids = all.flatMap(({ id }) => [id.slice(0, 16), id.slice(0, 8)])
    const texts = ['anna', 'price list', 'Google Drive', 'Before the price list was changed', 'database', 'AES-256-GCM']
    const table = ['invoice', 'id', 'customer', 'total', 'note', ...Array.from({ length: 97 }, (_, n) => `Customer ${n}`)]
    names = [...locations, label, 'store.db', ...ids, 'anna@iron-store.example', 'anna@gmail.example', ...texts, ...table].toSorted((a, b) => b.length - a.length)
  })
  afterAll(() => store.close())

  /** What a component sets by itself is rendered at the end of an act: there are many, and each is short. */
  async function until(check: () => unknown): Promise<void> {
    for (const endsMs = Date.now() + 60_000; !check(); ) {
      if (Date.now() > endsMs) throw new Error(`It did not come to that: ${String(check)}. There is: ${document.body.textContent}`)
      await act(() => new Promise((done) => setTimeout(done, 10)))
    }
  }
  const dialog = (): HTMLElement | null => document.querySelector('dialog[open]')
  const settled = (): Promise<unknown> => until(() => document.querySelector('[role=tab]') && !document.querySelector('.backup-waiting'))
  async function open(tab: TabName, instead: (request: Request) => Response | undefined = () => undefined): Promise<void> {
    const client = createBackupClient({ fetch: async (request) => instead(request) ?? store.handler(request) })
    const { unmount } = render(<BackupDashboard client={client} initialTab={tab} words={words} locale={locale} prices={{ gdrive: { perGigabyteMonth: 0.02, currency: 'EUR' } }} onRestart={() => {}} />)
    onTestFinished(unmount)
    await settled()
  }
  const press = async (name: string, nth = 0): Promise<void> => {
    const button = (): HTMLElement | undefined => [...document.querySelectorAll<HTMLElement>('button')].filter((one) => [one.textContent, one.getAttribute('aria-label')].some((text) => text?.startsWith(`${begin}${name}${end}`)))[nth]
    await until(button)
    await act(async () => button()!.click())
    await settled()
  }
  const left = (): string[] => unsaid(document, names)

  test.each(['overview', 'backups', 'explore', 'storage', 'retention', 'drills', 'activity', 'settings'] as const)('in the tab %s', async (tab) => {
    await open(tab)
    expect(document.querySelectorAll('.backup-dashboard *').length).toBeGreaterThan(50)
    expect(left()).toEqual([])
  })

  test('where a backup is looked at, removed, put on hold, released, and brought back', async () => {
    await open('backups')
    await press(english.backups.details)
    await press(english.backups.release)
    await until(() => dialog()?.textContent!.includes(english.hold.releaseWhat))
    expect(left()).toEqual([])
    await press(english.dialog.close)
    await press(english.backups.details, 1)
    for (const name of ['remove', 'hold'] as const) {
      await press(english.backups[name])
      await press(english[name].confirm)
      await until(() => dialog()?.textContent!.includes(english.dialog.reasonMissing))
      expect(left()).toEqual([])
      await press(english.dialog.close)
    }
    await press(english.trash.back)
    expect(left()).toEqual([])
  })

  test('where something is restored', async () => {
    await open('backups')
    await press(english.backups.restore)
    await until(() => dialog()?.textContent!.includes(english.restore.safetyOn))
    expect(left()).toEqual([])
  })

  test('where retention is tried and applied', async () => {
    await open('retention')
    await press(english.retention.presets.custom)
    expect(left()).toEqual([])
    await press(english.retention.apply)
    await until(() => /to the trash|nothing to remove/.test(dialog()?.textContent ?? ''))
    expect(left()).toEqual([])
  })

  test('where an account is left', async () => {
    await open('storage')
    await press(english.storage.disconnect)
    expect(left()).toEqual([])
  })

  test('where nothing was set up', async () => {
    const fresh = await shop()
    onTestFinished(fresh.close)
    const client = createBackupClient({ fetch: fresh.handler })
    const { unmount } = render(<BackupDashboard client={client} words={words} locale={locale} />)
    onTestFinished(unmount)
    await until(() => document.querySelector('.backup-setup') && !document.querySelector('.backup-waiting'))
    const locations = fresh.backup.settings.providers.map(({ location }) => location)
    expect(unsaid(document, [...locations, fresh.backup.settings.source.label, ...names])).toEqual([])
    const setUp = [...document.querySelectorAll('button')].find(({ textContent }) => textContent?.includes(english.setup.begin))!
    await act(async () => setUp.click())
    await until(() => document.querySelector('.backup-code'))
    const code = document.querySelector('.backup-code')!.textContent!
    expect(unsaid(dialog()!, [code])).toEqual([])
  })

  test('which a single word would show that is not among them', async () => {
    const { retry: _, ...others } = words.problem
    const client = createBackupClient({ fetch: async () => new Response('', { status: 502 }) })
    const { unmount } = render(<BackupDashboard client={client} words={{ ...words, problem: { ...others, retry: 'Encore' } }} locale={locale} />)
    onTestFinished(unmount)
    await until(() => document.body.textContent!.includes('Encore'))
    expect(new Set(left())).toEqual(new Set(['Encore']))
  })

  test('where nothing works: what programs say is left to those who ask for it', async () => {
    store.cloud('fails')
    onTestFinished(() => store.cloud('works'))
    const error = new BackupError('corrupt', 'Object packs/00 is not what was stored.')
    const failed = { id: 'j1', operation: 'backup', state: 'failed', startedAt: new Date().toISOString(), warnings: [], retries: 0, durationMs: 1, error: { kind: error.kind, message: error.message, hint: error.hint } }
    await open('activity', (request) => (request.url.includes('/jobs') ? Response.json({ jobs: [failed] }) : request.url.includes('/events/stream') ? new Response('', { status: 503 }) : undefined))
    await until(() => document.body.textContent!.includes(english.problem.kinds.corrupt.title))
    expect(document.querySelector('[lang=en]')!.textContent).toContain('Object packs/00 is not what was stored.')
    expect(left()).toEqual([])
  })
})

describe('what did not work is said', () => {
  const all = [...Object.entries(english.problem.codes), ...Object.entries(english.problem.kinds)]
  const ofCode = /["`{}()]|\b(GET|POST|JSON|HTTP|option|handler|provider|snapshot|repository|token|verify|init|API|log)\b/

  test('without a word that only programmers know, and with something to do', () => {
    expect(all.length).toBeGreaterThan(35)
    for (const [name, { title, action }] of all) {
      expect({ name, title, action, isOfCode: ofCode.test(`${title} ${action}`) }).toEqual({ name, title, action, isOfCode: false })
      expect(title).toMatch(/^[A-Z].*\.$/)
      expect(action).toMatch(name === 'aborted' ? /^$/ : /^[A-Z].*\.$/)
    }
  })
})
