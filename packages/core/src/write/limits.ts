type Limit = 'packBytes' | 'tableBytes' | 'segmentBytes' | 'pageSegmentBytes' | 'listSegmentBytes' | 'chainLength' | 'blocksPerLane' | 'sealsPerLane' | 'inlineTocBytes'

/** The sizes and bounds of the write path, each with its reason. */
export const limits: Readonly<Record<Limit, number>> = {
  /** Stored bytes at which a pack is closed: one retry on a slow link is short, and few packs hold much. */
  packBytes: 16 << 20,
  /** Of a pack's table of contents: many tiny units fill it long before the pack, and no reader takes more than 64 MiB. */
  tableBytes: 1 << 20,
  /** Stored bytes of one segment, with which a pack can never exceed the format's 64 MiB. */
  segmentBytes: 1 << 20,
  /** The same for pages: whoever looks up a single one reads the segment it is in. Half as much costs 0.4 % more in store. */
  pageSegmentBytes: 512 << 10,
  /** The same for lists, of which a single page needs a node or two; nothing in them can be compressed. */
  listSegmentBytes: 32 << 10,
  /** Delta chains: each link costs a restore one more read of the page. */
  chainLength: 8,
  /** Blocks a lane holds at a time: one is worked on, one waits. */
  blocksPerLane: 2,
  /** Segments of a lane on their way through compression before more blocks are read. */
  sealsPerLane: 2,
  /** Tables of contents up to this size, together, are repeated in the commit, small ones first. */
  inlineTocBytes: 64 << 10,
}
