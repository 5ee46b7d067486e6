import { copyFile, stat } from 'node:fs/promises'
import { BackupError, type BackupSource, type RestoreContext } from '@backup/core'

export interface PutBackOptions {
  /** Of the database: it knows how to put a file in its place, also while others have it open. */
  readonly source: BackupSource
  readonly context: RestoreContext
  /** Name of the stream in which the source has the database. */
  readonly stream: string
  /** What the restore has kept of what was there before. */
  readonly safetyCopy: string
}

/**
 * What was restored is of no use to this program: what was there before takes its place again.
 *
 * @returns what the restore failed with, for those who began it
 */
export async function putBack({ source, context: { proof, warn }, stream, safetyCopy }: PutBackOptions, unfit: unknown): Promise<BackupError> {
  const why = messageOf(unfit)
  try {
    // Without the signal of the restore: this must not be cancelled.
    const sink = await source.restore({ overwrite: true, proof, warn })
    try {
      const target = await sink.open({ name: stream, size: (await stat(safetyCopy)).size })
      if (target.kind !== 'file') throw new Error('The source takes no file.')
      await copyFile(safetyCopy, target.path)
      await sink.commit()
    } catch (error) {
      await sink.abort()
      throw error
    }
  } catch (error) {
    return new BackupError('unsupported', `What was restored is of no use to Iron Store (${why}), and what was there before could not be put back: ${messageOf(error)}`, {
      hint: `End the program, and put ${safetyCopy} in the place of the database.`,
      altered: true,
      cause: unfit,
    })
  }
  return new BackupError('unsupported', `What was restored is of no use to Iron Store (${why}). What was there before was put back.`, {
    hint: 'Choose an older backup.',
    cause: unfit,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
