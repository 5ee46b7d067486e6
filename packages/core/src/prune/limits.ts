type Limit = 'smallBytes' | 'usefulShare' | 'manyPacks' | 'wasteBytes' | 'wasteShare' | 'tableBytes' | 'tablesAtATime' | 'keptTableBytes' | 'keptTablesBytes' | 'keptListBytes' | 'keptNumbersBytes' | 'keptNodesBytes' | 'nodesAtATime'

/** The sizes and bounds of a collection, each with its reason. */
export const limits: Readonly<Record<Limit, number>> = {
  /** A pack of which less is needed is small: a quarter of a full one. */
  smallBytes: 4 << 20,
  /** Of a pack of which a smaller share is needed, the rest is waste. */
  usefulShare: 0.75,
  /** So many small packs are gathered into few: fewer are not worth copying them every day. */
  manyPacks: 16,
  /** Waste is worth the work when it is that much, … */
  wasteBytes: 4 << 20,
  /** … and that share of everything. */
  wasteShare: 0.1,
  /** Tables of contents that an index record repeats, together: each saves whoever opens the repository a request. */
  tableBytes: 256 << 10,
  /** Tables held in memory at a time while everything is looked through. */
  tablesAtATime: 64,
  /** Tables of up to that size are kept for the next collection: those of small packs, which are most, … */
  keptTableBytes: 16 << 10,
  /** … and of all together no more than that. */
  keptTablesBytes: 8 << 20,
  /** Of the list that was looked through last, so much is kept to compare the next one with. */
  keptListBytes: 16 << 20,
  /**
   * Numbers of units and what packs hold of them are kept for the next collection if they take no more than that, which is enough for more
   * than a million units; beyond, they are found out anew each time. Each unit takes about as much again in what everybody knows who opens
   * the repository.
   */
  keptNumbersBytes: 64 << 20,
  /** How nodes of lists differ, by those numbers, is kept besides, as far as there is room. */
  keptNodesBytes: 16 << 20,
  /** Nodes of lists that are held in memory at a time, of 4 KiB as a rule. */
  nodesAtATime: 2048,
}
