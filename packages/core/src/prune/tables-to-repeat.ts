import type { CommitPack } from '../format/commit.ts'
import { limits } from './limits.ts'

/** Repeats the tables of contents of the smallest packs, as far as there is room: each saves whoever opens the repository a request. */
export function tablesToRepeat(packs: readonly CommitPack[]): CommitPack[] {
  let left = limits.tableBytes
  const repeated = new Set<string>()
  for (const { name, toc } of [...packs].sort((a, b) => a.size - b.size)) {
    if (!toc || toc.length > left) continue
    left -= toc.length
    repeated.add(name)
  }
  return packs.map((pack) => (repeated.has(pack.name) ? pack : { ...pack, toc: null }))
}
