/** How much of a stream goes to a lane at a time. */

/** With lanes of their own, blocks are large enough that messages cost nothing. */
export const laneBlockBytes: number = 1 << 20

/** In the caller's thread, blocks are small enough that nobody waits. */
export const inlineBlockBytes: number = 128 << 10
