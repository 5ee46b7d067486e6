type Limit = 'smallBytes' | 'usefulShare' | 'manyPacks' | 'wasteBytes' | 'wasteShare' | 'tableBytes' | 'tablesAtATime'

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
}
