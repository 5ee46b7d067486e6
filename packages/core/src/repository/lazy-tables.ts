import type { CommitPack } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import type { Entered } from './enter.ts'
import { usableToc } from './read-toc.ts'

/** A catalog that grows: what commits say of their packs is taken at once, what only a pack itself says when it is needed. */
export interface LazyTables {
  readonly catalog: Catalog
  /** Learns of the packs of one commit, in the order in which they were written. @param lasting see `Catalog.addPack` */
  learn(packs: readonly CommitPack[], lasting: boolean): Promise<void>
  /**
   * Reads tables of contents that were not read yet.
   *
   * @param near which ones first: where in the bytes of its snapshot something lies, from 0 to 1
   * @param which `likely`: only those of which the place says that they should have it
   * @returns how many
   */
  readNearest(near: number, count: number, which?: 'likely'): Promise<number>
  /** Begins to read the table that most likely tells of what lies there, unless it was read. */
  expect(near: number): void
}

interface Table {
  readonly pack: CommitPack
  /** Where in its snapshot lies what it has, about: writers go from front to back. */
  readonly from: number
  readonly to: number
  reading?: Promise<void>
  isRead: boolean
}

export function lazyTables(entered: Entered, warn: (message: string, hint: string) => void): LazyTables {
  const catalog = createCatalog()
  const tables: Table[] = []
  const known = new Set<ObjectName>()

  // Never with the signal of one who waits: others wait for it too.
  const read = (table: Table): Promise<void> =>
    (table.reading ??= usableToc(entered, table.pack, warn, {}).then(
      (entries) => {
        catalog.addPack(table.pack, entries ?? [])
        table.isRead = true
      },
      (error: unknown) => {
        delete table.reading
        throw error
      },
    ))

  return {
    catalog,
    async learn(packs, lasting) {
      // Packs that commits tell all about are small, and hold lists and what was left over.
      const large = packs.filter(({ toc }) => !toc)
      const total = large.reduce((sum, { size }) => sum + size, 0)
      let before = 0
      for (const pack of packs) {
        const from = before / total
        if (!pack.toc) before += pack.size
        if (known.has(pack.name)) continue
        known.add(pack.name)
        if (!pack.toc) tables.push({ pack, from, to: before / total, isRead: false })
        else catalog.addPack(pack, (await usableToc(entered, pack, warn, {})) ?? [], lasting)
      }
    },
    async readNearest(near, count, which) {
      const some = tables
        .filter((table) => !table.isRead && (which !== 'likely' || distance(table, near) === 0))
        // Of those that are as near, from the larger backup first: it has more of everything.
        .sort((a, b) => distance(a, near) - distance(b, near) || lengthOf(a) - lengthOf(b))
        .slice(0, count)
      await Promise.all(some.map(read))
      return some.length
    },
    expect(near) {
      let best: Table | undefined
      for (const table of tables) if (!best || distance(table, near) < distance(best, near)) best = table
      if (best && !best.isRead) read(best).catch(() => {})
    },
  }
}

function distance({ from, to }: Table, near: number): number {
  return Math.max(0, from - near, near - to)
}

function lengthOf({ from, to }: Table): number {
  return to - from
}
