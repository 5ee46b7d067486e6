import type { Answer } from '../wire/index.ts'
import { driveItem, type Drawn } from './drive-item.ts'
import { graphError, invalid } from './graph-answer.ts'
import type { Item } from './items.ts'

export interface ListingSwitches {
  /** Largest page, whatever `$top` asks for. */
  largestPage: number
  /** A next link that leads to this address. */
  strayLink: string | undefined
  /** Every page says that it goes on with itself. */
  endless: boolean
}

export const listingSwitches = (): ListingSwitches => ({
  largestPage: 1_000,
  strayLink: undefined,
  endless: false,
})

/** One page of a folder, in the order of names; the next link names the last one shown. */
export function children(folder: Item, url: URL, drawn: Drawn, switches: ListingSwitches): Answer {
  const top = Number(url.searchParams.get('$top') ?? 200)
  if (!folder.children) return invalid()
  if (!Number.isInteger(top) || top < 1) return invalid('invalidQueryOption')
  const after = Buffer.from(url.searchParams.get('$skiptoken') ?? '', 'base64url').toString()
  const rest = [...folder.children].filter(([name]) => name > after).sort(([a], [b]) => (a < b ? -1 : 1))
  const page = rest.slice(0, Math.min(top, switches.largestPage))
  const last = page.at(-1)?.[0] ?? ''
  const select = url.searchParams.get('$select')
  const next = new URL(url)
  next.searchParams.set('$skiptoken', Buffer.from(last).toString('base64url'))
  const link = switches.strayLink ?? (switches.endless ? url.href : next.href)
  const goesOn = page.length < rest.length || switches.endless || switches.strayLink !== undefined
  return {
    status: 200,
    body: {
      value: page.map(([, item]) => driveItem(item, drawn, select)),
      ...(goesOn && { '@odata.nextLink': link }),
    },
  }
}

/** Everything there is, in one page; a token of an earlier life means: begin anew. */
export function delta(all: readonly Item[], url: URL, drawn: Drawn, era: string): Answer {
  const token = url.searchParams.get('token')
  if (token !== null && token !== era)
    return graphError(410, 'resyncRequired', { inner: 'resyncApplyDifferences' })
  const link = new URL(url)
  link.searchParams.set('token', era)
  const value = token === era ? [] : all.map((item) => driveItem(item, drawn, null))
  return { status: 200, body: { value, '@odata.deltaLink': link.href } }
}
