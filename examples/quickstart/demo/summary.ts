import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytesText, durationText, numberText } from '@backup/cli/terminal'
import { speedOf } from './ledger.ts'
import type { Stage } from './stage.ts'

/** What everything took, and whether all was as claimed. */
export function summarize({ screen, costs, proofs, repository }: Stage): boolean {
  screen.step('Summary')
  const amount = (bytes: number | undefined): string => (bytes === undefined ? '' : bytesText(bytes))
  screen.table(
    [
      { title: '', align: 'left' },
      { title: 'Data', align: 'right' },
      { title: 'New', align: 'right', spare: true },
      { title: 'Stored', align: 'right' },
      { title: 'Time', align: 'right' },
      { title: 'Speed', align: 'right', spare: true },
    ],
    costs.map((cost) => [
      cost.what,
      ...[cost.bytes, cost.freshBytes, cost.storedBytes].map(amount),
      durationText(cost.tookMs),
      speedOf(cost),
    ]),
  )
  const { files, bytes } = folderSize(repository)
  const backups = costs.filter(({ storedBytes }) => storedBytes !== undefined)
  const data = backups.reduce((sum, cost) => sum + cost.bytes, 0)
  screen.say('')
  const size = `${bytesText(bytes)} in ${numberText(files)} files`
  screen.say(`${backups.length} snapshots of ${bytesText(data)} in all; the repository has ${size}.`)

  const failed = proofs.filter(({ holds }) => !holds)
  if (failed.length === 0) screen.good(`All ${proofs.length} proofs hold.`)
  else screen.bad(`${failed.length} of ${proofs.length} proofs do not hold:`)
  for (const { claim } of failed) screen.bad(claim)
  return failed.length === 0
}

function folderSize(folder: string): { files: number; bytes: number } {
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
