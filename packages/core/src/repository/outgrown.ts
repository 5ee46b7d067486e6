import type { ObjectName } from '../format/names.ts'
import type { Catalog } from '../index/catalog.ts'

/** What may be known in vain before it is worth to begin anew, which takes as long as to open the repository. */
export const outgrown: { vainBytes: number } = { vainBytes: 16 << 20 }

/**
 * Is most of what is known about packs that nobody names any more? Whoever backs up for years writes, and learns of, far more than is kept.
 *
 * @param named packs that snapshots or the index name
 */
export function isOutgrown(catalog: Catalog, named: ReadonlySet<ObjectName>): boolean {
  const { these, others } = catalog.weigh(named)
  return others > Math.max(these, outgrown.vainBytes)
}
