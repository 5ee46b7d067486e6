import { statSync } from 'node:fs'
import { BackupError } from '@backup/core'
import type { Screen } from '../render/screen.ts'
import type { DemoOptions } from './arguments.ts'
import { ownStory } from './own-story.ts'
import { type Stage, leaveSecret, setStage } from './stage.ts'
import { storeStory } from './store-story.ts'
import { summarize } from './summary.ts'

/**
 * Tells the story, and says whether everything in it was as claimed.
 *
 * @throws whatever stopped it; the temporary folder is gone then too, unless it is to be kept
 */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const { database, bytes, keep, deltas } = options
  screen.title('Backup and restore, with proofs')
  const stage = setStage(screen, signal, database === undefined ? bytes : sizeOf(database), deltas)
  try {
    if (database === undefined) await storeStory(stage, bytes)
    else await ownStory(stage, database)
    return summarize(stage)
  } finally {
    leave(stage, keep)
  }
}

function leave(stage: Stage, keep: boolean): void {
  if (!keep) return stage.clear()
  const file = leaveSecret(stage)
  stage.screen.say(`Kept: ${stage.folder}`)
  stage.screen.detail(`The passphrase is in ${file}`)
}

function sizeOf(database: string): number {
  const file = statSync(database, { throwIfNoEntry: false })
  if (file?.isFile()) return file.size
  throw new BackupError('source', file ? `${database} is not a file.` : `There is no ${database}.`, {
    hint: 'Name the file of a SQLite database.',
  })
}
