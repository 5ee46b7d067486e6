import { expect, test } from 'vitest'
import { opened } from '../../test/opened.ts'
import type { Repository } from '../repository/repository.ts'
import { appendAudit } from './append.ts'
import { type AuditRequest, listAudit } from './list.ts'

const start = new Date('2031-05-06T00:00:00.000Z').getTime()
const at = (hour: number): Date => new Date(start + hour * 3_600_000)

/** One entry an hour: restores, and every third is a hold. */
async function trail(count: number): Promise<Awaited<ReturnType<typeof opened>>> {
  const place = await opened()
  for (let hour = 0; hour < count; hour++) {
    await appendAudit(place.repository, { action: hour % 3 === 2 ? 'hold' : 'restore', subject: [`${hour}`] }, at(hour))
  }
  return place
}

const hours = async (repository: Repository, request: AuditRequest): Promise<string[]> =>
  (await listAudit(repository, request)).entries.map(({ subject }) => subject[0]!)

test('lists entries with the newest last', async () => {
  const { repository } = await trail(4)
  expect(await hours(repository, {})).toEqual(['0', '1', '2', '3'])
})

test.each<[string, AuditRequest, string[]]>([
  ['from a time on', { from: at(2) }, ['2', '3', '4', '5']],
  ['up to a time', { to: at(2) }, ['0', '1']],
  ['of one action', { action: 'hold' }, ['2', '5']],
  ['of a time when nothing happened', { from: at(40) }, []],
  ['at most so many', { limit: 2 }, ['4', '5']],
])('lists those %s', async (_, request, expected) => {
  const { repository } = await trail(6)
  expect(await hours(repository, request)).toEqual(expected)
})

test('goes back page by page, and says when there is no more', async () => {
  const { repository } = await trail(7)
  const pages: string[][] = []
  for (let before: string | undefined, isMore = true; isMore; isMore = before !== undefined) {
    const page = await listAudit(repository, { limit: 3, ...(before !== undefined && { before }) })
    pages.push(page.entries.map(({ subject }) => subject[0]!))
    before = page.before
  }
  expect(pages).toEqual([['4', '5', '6'], ['1', '2', '3'], ['0']])
})

test('reads the newest alone when they are all that is asked for', async () => {
  const { again, provider } = await trail(130)
  const stranger = await again()
  provider.reads.length = 0
  expect(await hours(stranger, { limit: 5 })).toEqual(['125', '126', '127', '128', '129'])
  expect(provider.reads.length).toBeLessThanOrEqual(100)
  expect(provider.reads.length).toBeGreaterThan(0)
})

test('names what it cannot read', async () => {
  const { again, provider } = await trail(3)
  const [, key] = [...provider.objects.keys()].filter((name) => name.startsWith('audit/')).toSorted()
  provider.objects.set(key!, new Uint8Array(200))
  const { entries, unreadable } = await listAudit(await again())
  expect(entries).toHaveLength(2)
  expect(unreadable).toEqual([key])
})

test('knows no page before an entry that is not there', async () => {
  const { repository } = await trail(1)
  await expect(listAudit(repository, { before: '00'.repeat(32) })).rejects.toMatchObject({ kind: 'not-found' })
})
