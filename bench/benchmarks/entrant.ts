import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Cost } from '../measure/cost.ts'
import { folderBytes } from '../measure/folder-bytes.ts'
import { expectSameFile } from '../measure/same-file.ts'
import { settle } from '../measure/settle.ts'
import type { ContenderFactory } from '../peers/contender.ts'
import type { Databases } from './databases.ts'

/** A contender with a database of its own. Only what returns a cost is measured. */
interface Entrant {
  /** The folder whose growth is what a run stored. */
  readonly repository: string
  /** Lays out the database and an empty repository. */
  begin(): Promise<void>
  /** Backs the database up as it is now. */
  backup(): Promise<Cost>
  /** A day of work happens to the database. */
  change(): Promise<void>
  /** Restores the newest snapshot, and checks afterwards that the right bytes came back. */
  restore(): Promise<Cost>
  verify(): Promise<Cost>
}

/** Makes an entrant in a folder of its own, which does not exist yet. */
export type EntrantFactory = (folder: string) => Entrant

/** The database is a file that nobody has open. */
export function atRest(factory: ContenderFactory, databases: Databases): EntrantFactory {
  return (folder) => {
    const file = join(folder, 'store.db')
    const contender = factory(file, join(folder, 'contender'))
    return {
      repository: contender.repository,
      async begin() {
        mkdirSync(folder)
        copyFileSync(databases.initial, file)
        await contender.init()
      },
      backup: () => contender.backup(),
      async change() {
        copyFileSync(databases.changed, file)
      },
      async restore() {
        const restored = join(folder, 'restored.db')
        const cost = await contender.restore(restored)
        await expectSameFile(restored, file)
        rmSync(restored)
        return cost
      },
      verify: () => contender.verify(),
    }
  }
}

/** What is measured in one step of a round, by name. */
export type Step = (entrant: Entrant) => Promise<Record<string, number>>

export type StepName = 'first' | 'unchanged' | 'changed' | 'restore' | 'verify'

export const steps: Readonly<Record<StepName, Step>> = {
  first: (entrant) => backedUp('first', entrant),
  unchanged: (entrant) => backedUp('unchanged', entrant),
  async changed(entrant) {
    await entrant.change()
    return backedUp('changed', entrant)
  },
  restore: (entrant) => settled('restore', () => entrant.restore()),
  verify: (entrant) => settled('verify', () => entrant.verify()),
}

async function backedUp(name: StepName, entrant: Entrant): Promise<Record<string, number>> {
  const before = folderBytes(entrant.repository)
  return { ...(await settled(name, () => entrant.backup())), [`${name}.bytes`]: folderBytes(entrant.repository) - before }
}

async function settled(name: StepName, run: () => Promise<Cost>): Promise<Record<string, number>> {
  settle()
  return named(name, await run())
}

function named(name: StepName, { wallMs, cpuMs, peakBytes, loop }: Cost): Record<string, number> {
  return {
    [`${name}.wall`]: wallMs / 1000,
    [`${name}.cpu`]: cpuMs / 1000,
    [`${name}.rss`]: peakBytes,
    ...(loop === undefined ? {} : { [`${name}.p99`]: loop.p99Ms, [`${name}.max`]: loop.maxMs }),
  }
}
