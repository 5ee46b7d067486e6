/** What OneDrive counts in: every part but the last is a multiple of it. */
export const unitBytes: number = 320 * 1024
/** What a part may take, so that whoever watches sees it move. */
const wantedMs = 30_000

/**
 * How large the next part may be: on a slow connection smaller ones, which also get through where large ones
 * time out.
 */
export function fragmentBytes(largest: number, sentBytes: number, tookMs: number): number {
  if (tookMs <= wantedMs) return largest
  const units = Math.floor(((sentBytes / tookMs) * wantedMs) / unitBytes)
  return Math.min(largest, Math.max(1, units) * unitBytes)
}
