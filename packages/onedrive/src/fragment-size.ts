/** What OneDrive counts in: every part but the last is a multiple of it. */
const unitBytes = 320 * 1024
/** Under the 60 MiB that a request may have, and worth its overhead; little is lost when one breaks. */
export const largestFragment: number = 32 * unitBytes
/** What a part may take, so that whoever watches sees it move. */
const wantedMs = 30_000

/** How large the next part may be: on a slow connection smaller ones, which also get through where large ones time out. */
export function fragmentBytes(sentBytes: number, tookMs: number): number {
  if (tookMs <= wantedMs) return largestFragment
  const units = Math.floor(((sentBytes / tookMs) * wantedMs) / unitBytes)
  return Math.min(largestFragment, Math.max(1, units) * unitBytes)
}
