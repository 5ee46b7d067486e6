import { globSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { GivenOut } from '../store/numbers.ts'
import type { LiveStore } from '../store/live-store.ts'
import { readPrivate, writePrivate } from './private-file.ts'

/** What is to be known when the program ends in the middle of a restore. */
interface Note {
  readonly snapshot: string
  readonly at: string
  /** Invoice numbers that were given out by then. */
  readonly numbers: GivenOut
  /** Somebody has to be told of it. */
  readonly interrupted?: true
}

export interface RestoreNotes {
  /**
   * Before anything is touched. Several may wait for their turn.
   *
   * @returns what is called after it, however it ended: numbers that went out to customers are not given out again
   */
  begin(snapshot: string): Promise<() => Promise<void>>
  /** The restore that was under way when the program ended, until somebody has seen it. */
  interrupted(): { readonly snapshot: string; readonly at: string } | undefined
  dismiss(): void
}

/** Also looks after a restore that was under way when the program was killed: SQLite has the old state or the new one by then. */
export async function restoreNotes(folder: string, live: LiveStore): Promise<RestoreNotes> {
  const file = join(folder, 'restore.json')
  const read = (): Note | undefined => JSON.parse(readPrivate(file) ?? 'null') as Note | undefined
  const write = (note: Note): void => writePrivate(file, JSON.stringify(note))
  const account = async ({ numbers, snapshot }: Note): Promise<void> => {
    const at = new Date().toISOString()
    await live.read((store) => store.numbers.accountFor(numbers, `An older state came back (backup ${snapshot.slice(0, 12)})`, at))
  }
  const waiting: Note[] = []
  const left = read()
  if (left) {
    await account(left)
    write({ ...left, interrupted: true })
  }
  return {
    async begin(snapshot) {
      const note = { snapshot, at: new Date().toISOString(), numbers: await live.read((store) => store.numbers.givenOut()) }
      // The one that is under way comes first; the others wait for it.
      if (waiting.push(note) === 1) write(note)
      return async () => {
        waiting.splice(waiting.indexOf(note), 1)
        await account(note)
        if (waiting[0]) write(waiting[0])
        else rmSync(file, { force: true })
      }
    },
    interrupted() {
      const note = read()
      return note?.interrupted && { snapshot: note.snapshot, at: note.at }
    },
    dismiss() {
      if (read()?.interrupted) rmSync(file, { force: true })
    },
  }
}

/** Copies that restores leave beside the database, and what killed ones left of their work. Only before anybody restores. */
export function tidyBeside(database: string, kept = 3): void {
  const beside = (ending: string): string[] => globSync(`${basename(database)}.${ending}`, { cwd: dirname(database) }).sort()
  const old = beside('before-restore-*Z').slice(0, -kept)
  for (const name of [...beside('partial-*'), ...beside('before-restore-*.partial*'), ...old]) rmSync(join(dirname(database), name), { force: true })
}
