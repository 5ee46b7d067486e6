import type { StoredSnapshot } from '@backup/core'
import { agoText, bytesText, timeText } from '../terminal/amounts.ts'
import type { Screen } from '../terminal/screen.ts'

/** Snapshots as lines, the newest last: where the eye is when the prompt comes back. */
export function snapshotTable(screen: Screen, snapshots: readonly StoredSnapshot[], now: Date): void {
  screen.table(
    [
      { title: 'ID', align: 'left' },
      { title: 'TIME', align: 'left' },
      { title: 'AGE', align: 'left', spare: true },
      { title: 'KIND', align: 'left', spare: true },
      { title: 'SIZE', align: 'right' },
      { title: 'ADDED', align: 'right' },
      { title: 'COPIES', align: 'left' },
      { title: 'MARKS', align: 'left', spare: true },
    ],
    snapshots.map((snapshot) => [
      snapshot.id.slice(0, 12),
      timeText(snapshot.time),
      agoText(snapshot.time, now),
      snapshot.kind,
      bytesText(snapshot.sizeBytes),
      bytesText(snapshot.storedBytes),
      copiesText(snapshot),
      marksOf(snapshot).join(', '),
    ]),
  )
}

/** `2 of 2`, and what that means when it is too few. */
export function copiesText({ copies, state }: StoredSnapshot): string {
  const whole = copies.filter((copy) => copy.state === 'committed').length
  return `${whole} of ${copies.length}${state === 'partial' ? ' (partial)' : ''}`
}

function marksOf({ tags, note, verified, suspect }: StoredSnapshot): string[] {
  return [...(suspect ? ['SUSPECT'] : []), ...(verified ? ['verified'] : []), ...tags, ...(note === null ? [] : [`"${note}"`])]
}
