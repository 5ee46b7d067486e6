import type { Header } from './header.ts'
import { double, firstPageHead, isInterior, kinds, word } from './page-kinds.ts'
import { rootOf } from './schema-cell.ts'
import { lockByte, readPages, type View } from './view.ts'

/**
 * Walks all trees of a database from their roots, and its list of free pages: is every page that something refers to there, referred to
 * once, and what it should be? Only inner pages are read, which are one in a hundred or fewer; of the others, the scan has seen what they are.
 * What is inside the cells is left to SQLite.
 *
 * @param seen what the scan found each page to be, see `kindOf`
 * @returns what is wrong, for people; nothing when all is well
 */
export function faultsInTrees(view: View, header: Header, seen: Uint8Array): string[] {
  const usable = view.pageBytes - header.reservedBytes
  const lockPage = Math.floor(lockByte / view.pageBytes)
  const used = new Uint8Array(view.pageCount)
  const faults: string[] = []
  const bytes = new Uint8Array(view.pageBytes)
  const fault = (text: string): void => void (faults.length < mostFaults && faults.push(text))

  /** @param number as in the file, from 1 */
  const isNew = (number: number, from: string): boolean => {
    if (number < 1 || number > view.pageCount || number - 1 === lockPage) fault(`${from} refers to page ${number}, which there is not.`)
    else if (used[number - 1] === 1) fault(`${from} refers to page ${number}, to which something else refers too.`)
    else {
      used[number - 1] = 1
      return true
    }
    return false
  }
  const isTreePage = (number: number, tree: Tree | undefined, from: string): boolean => {
    if (!isNew(number, from)) return false
    const kind = seen[number - 1]!
    if (kind === kinds.none) fault(`Page ${number}, to which ${lower(from)} refers, is no page of a table or index.`)
    else if ((kind & kinds.broken) !== 0) fault(`Page ${number}, to which ${lower(from)} refers, has a damaged header or list of cells.`)
    else if (tree !== undefined && treeOf(kind) !== tree) fault(`Page ${number} belongs to a tree of another kind than ${lower(from)}, which refers to it.`)
    else return true
    return false
  }
  /** @param onLeaf is given the leaves one by one; they are read for that */
  const walk = (root: number, from: string, onLeaf?: (leaf: Uint8Array, head: number) => void): void => {
    if (!isTreePage(root, undefined, from)) return
    const tree = treeOf(seen[root - 1]!)
    const open: number[] = [root]
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (faults.length >= mostFaults) return
      const kind = seen[number - 1]!
      if (!isInterior(kind) && !onLeaf) continue
      readPages(view, number - 1, 1, bytes)
      const head = number === 1 ? firstPageHead : 0
      if (!isInterior(kind)) {
        onLeaf?.(bytes, head)
        continue
      }
      const from = `Page ${number}`
      const cells = word(bytes, head + 3)
      for (let cell = 0; cell <= cells; cell++) {
        const child = double(bytes, cell === cells ? head + 8 : word(bytes, head + 12 + 2 * cell))
        if (isTreePage(child, tree, from) && (onLeaf || isInterior(seen[child - 1]!))) open.push(child)
      }
    }
  }

  const roots: number[] = []
  walk(1, 'The database', (leaf, head) => {
    for (let cell = 0; cell < word(leaf, head + 3); cell++) {
      const root = rootOf(leaf, word(leaf, head + 8 + 2 * cell), usable)
      if (root > 0) roots.push(root)
    }
  })
  for (const root of roots) walk(root, 'The schema')
  walkFreePages(view, header, usable, isNew, fault)
  return faults
}

/** https://sqlite.org/fileformat2.html#the_freelist */
function walkFreePages(
  view: View,
  { firstFreePage, freePages }: Header,
  usable: number,
  isNew: (number: number, from: string) => boolean,
  fault: (text: string) => void,
): void {
  const bytes = new Uint8Array(view.pageBytes)
  let count = 0
  let from = 'The list of free pages'
  for (let trunk = firstFreePage; trunk !== 0; trunk = double(bytes, 0)) {
    if (!isNew(trunk, from)) return
    from = `Page ${trunk} of the list of free pages`
    readPages(view, trunk - 1, 1, bytes)
    const entries = double(bytes, 4)
    if (entries > usable / 4 - 2) return fault(`${from} claims to have ${entries} entries.`)
    for (let entry = 0; entry < entries; entry++) if (!isNew(double(bytes, 8 + 4 * entry), from)) return
    count += 1 + entries
  }
  if (count !== freePages) fault(`The list of free pages has ${count} pages, and its header says ${freePages}.`)
}

type Tree = 'table' | 'index'

function treeOf(kind: number): Tree {
  return kind === kinds.leafTable || kind === kinds.interiorTable ? 'table' : 'index'
}

function lower(from: string): string {
  return from.charAt(0).toLowerCase() + from.slice(1)
}

/** Nobody reads more of them, and one is enough. */
const mostFaults = 10
