import type { BackupSource } from '../contract/source.ts'

/**
 * Whether a restore to this place would go over what is backed up.
 *
 * @param to as in a restore: the live place when absent, or one place for each part
 */
export async function goesOverLive(source: BackupSource, to: string | Readonly<Record<string, string>> | undefined): Promise<boolean> {
  if (to === undefined) return true
  if (typeof to === 'string') return isLivePlace(source, to)
  for (const [part, place] of Object.entries(to)) if (await isLivePlace(source, place, part)) return true
  return false
}

/** A source that cannot tell is at its label, as it is spelled there. */
export async function isLivePlace(source: BackupSource, place: string, part?: string): Promise<boolean> {
  return source.isLive ? source.isLive(place, part) : place === source.label
}
