import { commitPrefix } from '../format/names.ts'

/**
 * Classes in the order in which a copy is filled. A commit comes after everything it may need, so that whatever a copy holds
 * at any moment is a repository, only an older one.
 */
const classes = ['slots/', 'restore/', 'format/', 'packs/', 'commits/'] as const

const rankOf = (key: string): number => {
  const rank = classes.findIndex((prefix) => key.startsWith(prefix))
  // Of what is not known yet, nothing else depends.
  return rank < 0 ? classes.length : rank
}

/** Keys in the order in which they may be copied; commits from the oldest on. */
export function inOrderOfNeed(keys: Iterable<string>): string[] {
  return [...keys].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : Number(a > b)))
}

/** Does a snapshot need it? Records about the repository come and go. */
export function isLasting(key: string): boolean {
  return rankOf(key) < classes.length
}

/** Must everything that was stored before be there before this? */
export function dependsOnOthers(key: string): boolean {
  return key.startsWith(commitPrefix)
}
