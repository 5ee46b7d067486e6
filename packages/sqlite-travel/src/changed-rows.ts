import type { CallOptions, OpenedStream } from '@backup/core'
import { type Layout, type Page, Unclear, isPointerMap, layoutOf, readPage, readTrunk } from './pages.ts'

/** Numbers of rows, from one to the other. */
export type RowRange = readonly [first: number, last: number]

/** If more of the pages differ, all rows are compared. */
const mostOfAll = 0.25
/** Ranges that are so close are one: each is a query of its own. */
const closeRows = 100
/** Beyond it, the first byte of a page does not tell what it is. */
const mostPages = 2 ** 24

/**
 * Outside of these ranges, a table has the same rows in both snapshots: so the pages tell that differ, without looking into the others.
 *
 * Rows are different only in leaves that differ, or in leaves that came to the table or left it. A leaf comes or goes with an entry in a
 * page above it, which differs then. Both are looked for among the pages that differ. What lies outside of the leaves, in overflow pages,
 * does not say whose it is: when such a page differs, nothing is told.
 *
 * @param roots of the table, in either
 * @returns nothing when all rows have to be compared
 */
export async function changedRows(
  before: OpenedStream,
  after: OpenedStream,
  roots: { readonly before: number; readonly after: number },
  call: CallOptions,
): Promise<readonly RowRange[] | undefined> {
  const spans = await after.differences(before, call)
  if (!spans || roots.before !== roots.after) return undefined
  const old = await opened(before, call)
  const now = await opened(after, call)
  if (old.layout.pageBytes !== now.layout.pageBytes || Math.max(old.layout.pages, now.layout.pages) > mostPages) return undefined
  const { pageBytes } = now.layout
  const differing = spans.flatMap(({ offset, length }) => Array.from({ length: Math.ceil(length / pageBytes) }, (_, at) => offset / pageBytes + at + 1))
  if (differing.length > now.layout.pages * mostOfAll) return undefined
  try {
    if (await areOverflows(now, differing)) return undefined
    const beyond = Array.from({ length: Math.max(0, old.layout.pages - now.layout.pages) }, (_, at) => now.layout.pages + at + 1)
    const inOld = await changesIn(old, roots.before, [...differing.filter((number) => number <= old.layout.pages), ...beyond])
    const inNow = await changesIn(now, roots.after, differing)
    const left = [...inOld.children].filter((child) => !inNow.children.has(child))
    const came = [...inNow.children].filter((child) => !inOld.children.has(child))
    return merged([...inOld.ranges, ...inNow.ranges, ...(await rangesBelow(old, left)), ...(await rangesBelow(now, came))])
  } catch (error) {
    if (error instanceof Unclear) return undefined
    throw error
  }
}

interface Database {
  readonly layout: Layout
  read(number: number): Promise<Uint8Array>
  page(number: number): Promise<Page>
}

async function opened(stream: OpenedStream, call: CallOptions): Promise<Database> {
  const layout = layoutOf(await stream.read(0, 100, call), stream.size)
  const read = (number: number): Promise<Uint8Array> => stream.read((number - 1) * layout.pageBytes, layout.pageBytes, call)
  return { layout, read, page: async (number) => readPage(await read(number), number) }
}

/** Among pages that differ: what leaves hold, and what hangs below those of this table that are no leaves. */
async function changesIn(database: Database, root: number, numbers: readonly number[]): Promise<{ ranges: RowRange[]; children: Set<number> }> {
  const ranges: RowRange[] = []
  const children = new Set<number>()
  for (const number of numbers) {
    const page = await database.page(number)
    // Of whichever table: to compare rows that are the same does no harm.
    if (page.kind === 'leaf') ranges.push(...rangeOf(page))
    if (page.kind !== 'interior') continue
    if (page.keys.length === 0) throw new Unclear()
    if (await isBelow(database, root, number, page.keys[0]!)) for (const child of page.children) children.add(child)
  }
  return { ranges, children }
}

/** Whether a page belongs to the tree: if so, it lies on the way to its first key. */
async function isBelow(database: Database, root: number, wanted: number, key: number): Promise<boolean> {
  for (let [number, depth] = [root, 0]; depth < mostLevels; depth++) {
    if (number === wanted) return true
    const page = await database.page(number)
    if (page.kind !== 'interior') return false
    const entry = page.keys.findIndex((one) => key <= one)
    number = page.children.at(entry)!
  }
  return false
}

/** More than any database has: 2^64 rows with two entries a page. */
const mostLevels = 64

async function rangesBelow(database: Database, numbers: readonly number[]): Promise<RowRange[]> {
  const ranges: RowRange[] = []
  const open = numbers.map((number) => ({ number, depth: 0 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { number, depth } = next
    if (number < 1 || number > database.layout.pages || depth > mostLevels) continue
    const page = await database.page(number)
    if (page.kind === 'leaf') ranges.push(...rangeOf(page))
    if (page.kind === 'interior') open.push(...page.children.map((child) => ({ number: child, depth: depth + 1 })))
  }
  return ranges
}

function rangeOf({ first, last }: Extract<Page, { kind: 'leaf' }>): RowRange[] {
  return first === undefined || last === undefined ? [] : [[first, last]]
}

/** Is one of these pages, or may it be, the continuation of a row? */
async function areOverflows(database: Database, numbers: readonly number[]): Promise<boolean> {
  const unclear: number[] = []
  for (const number of numbers) {
    if (isPointerMap(database.layout, number)) continue
    if ((await database.page(number)).kind === 'other') unclear.push(number)
  }
  if (unclear.length === 0) return false
  const free = new Set<number>()
  for (let trunk = database.layout.firstTrunk; trunk !== 0 && trunk <= database.layout.pages && !free.has(trunk); ) {
    free.add(trunk)
    const { next, pages } = readTrunk(await database.read(trunk))
    for (const page of pages) free.add(page)
    trunk = next
  }
  return unclear.some((number) => !free.has(number))
}

function merged(ranges: readonly RowRange[]): readonly RowRange[] {
  const found: [number, number][] = []
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const latest = found.at(-1)
    if (latest && first <= latest[1] + closeRows) latest[1] = Math.max(latest[1], last)
    else found.push([first, last])
  }
  return found
}
