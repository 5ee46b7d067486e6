import { readFileSync } from 'node:fs'
import type { Alert } from '@backup/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Matter, matters } from './matters.ts'
import { minute, passTime, used, world } from './world.ts'

/** Everything that can be wrong is told once when it is, by mail and by webhook, and once when it is right again. */

beforeEach(passTime)
afterEach(() => vi.restoreAllMocks())

const nothing = { mails: [], posts: [] }

describe.each(matters)('$id, when $when,', (matter) => {
  test('is told by mail and webhook once, and once when it is over', async () => {
    const { begins, patienceMs = 0, ends, calmMs = 0, isNew = false, options } = matter
    const made = await (isNew ? world : used)(options)
    const { inbox, pass } = made
    const look = async () => {
      await made.backup.checkHealth()
      return inbox.unread()
    }
    expect(await look()).toEqual(nothing)

    await begins(made)
    if (patienceMs > 0) expect(await look()).toEqual(nothing)
    pass(patienceMs)
    const raised = await look()
    expect(raised.mails).toEqual([{ subject: expect.stringMatching(subjectOf(matter)), text: expect.stringMatching(whatToDo(matter)) }])
    expect(raised.posts).toEqual([{ type: 'alert-raised', source: 'store.db', alert: alertOf(matter) }])
    expect(await look()).toEqual(nothing)
    pass(20 * minute)
    expect(await look()).toEqual(nothing)

    await ends(made)
    if (calmMs > 0) expect(await look()).toEqual(nothing)
    pass(calmMs)
    const cleared = await look()
    expect(cleared.mails).toEqual([{ subject: expect.stringMatching(subjectOf(matter, 'Solved: ')), text: expect.stringContaining('This is over.') }])
    expect(cleared.posts).toEqual([{ type: 'alert-cleared', source: 'store.db', alert: alertOf(matter) }])
    expect(await look()).toEqual(nothing)
    expect((await made.backup.health()).level).toBe('healthy')
  })
})

test('the list is complete: it has every reason that the README of core names', () => {
  const [, section = ''] = readFileSync(new URL('../../packages/core/README.md', import.meta.url), 'utf8').split('\n## Health\n')
  const [table = ''] = section.split('\n## ')
  const documented = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, ids = '']) => [...ids.matchAll(/`([\w-]+)(?::…)?`/g)].map(([, id]) => id))
  expect(documented.length).toBeGreaterThan(20)
  expect(new Set(matters.map(({ id }) => id))).toEqual(new Set(documented))
})

function subjectOf({ subject }: Matter, before = ''): RegExp {
  return new RegExp(`^\\[backup\\] store\\.db: ${before}.*${subject.source.replaceAll(/^\^|\$$/g, '')}`)
}

function whatToDo({ action }: Matter): RegExp {
  return new RegExp(`What to do: .*${action.source}`)
}

function alertOf({ id, severity, action }: Matter): Alert {
  return expect.objectContaining({ id: expect.stringMatching(new RegExp(`^${id}(:|$)`)), severity, action: expect.stringMatching(action) }) as unknown as Alert
}
