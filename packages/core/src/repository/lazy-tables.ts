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
   * @returns how many
   */
  readNearest(near: number, count: number): Promise<number>
  /** Begins to read the table that most likely tells of what lies there, unless it was read. */
  expect(near: number): void
}

interface Table {
  readonly pack: CommitPack
  /** Where in its snapshot most of what it has lies: writers go from front to back. */
  readonly middle: number
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
  const byDistance = (near: number, among: readonly Table[]): readonly Table[] =>
    among.toSorted((a, b) => Math.abs(a.middle - near) - Math.abs(b.middle - near))

  return {
    catalog,
    async learn(packs, lasting) {
      // Packs that commits tell all about are small, and hold lists and what was left over.
      const large = packs.filter(({ toc }) => !toc)
      const total = large.reduce((sum, { size }) => sum + size, 0)
      let before = 0
      for (const pack of packs) {
        const middle = (before + pack.size / 2) / total
        if (!pack.toc) before += pack.size
        if (known.has(pack.name)) continue
        known.add(pack.name)
        if (!pack.toc) tables.push({ pack, middle, isRead: false })
        else catalog.addPack(pack, (await usableToc(entered, pack, warn, {})) ?? [], lasting)
      }
    },
    async readNearest(near, count) {
      const some = byDistance(near, tables.filter(({ isRead }) => !isRead)).slice(0, count)
      await Promise.all(some.map(read))
      return some.length
    },
    expect(near) {
      let best: Table | undefined
      for (const table of tables) if (!best || Math.abs(table.middle - near) < Math.abs(best.middle - near)) best = table
      if (best && !best.isRead) read(best).catch(() => {})
    },
  }
}
