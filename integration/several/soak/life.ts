import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqlite } from '@backup/sqlite'
import { startCrew } from './crew.ts'
import { examineAll } from './final.ts'
import { flipSomeBit } from './flip-bit.ts'
import { describe } from './member.ts'
import type { Pace } from './pace.ts'
import { type Setting, openSoak, pathOf, placeNames } from './place.ts'
import { restores } from './restores.ts'
import { type Tally, createTally, messageOf, sumOf } from './tally.ts'

export interface LifeOptions {
  readonly durationMs: number
  readonly pace: Pace
  /** Goes on until all of this has happened, for three times as long at most. */
  readonly until?: readonly string[]
  readonly signal?: AbortSignal
  /** After each restore that was looked at. */
  readonly onCheck?: (tally: Tally) => void
}

/**
 * Years of a repository in minutes: two applications write and back up, one machine prunes and another one scrubs, a provider comes and
 * goes and loses bits, and all the while snapshots are restored and looked at.
 */
export async function soakLife({ durationMs, pace, until = [], signal, onCheck }: LifeOptions): Promise<Tally> {
  const setting: Setting = { folder: mkdtempSync(join(tmpdir(), 'soak-life-')), pace }
  const own = createTally()
  const calm = new AbortController()
  // It restores and nothing else, so where the databases are is no matter.
  const watcher = openSoak(setting, { who: 'watcher', source: sqlite(pathOf(setting, 'nowhere.db')), tally: own, calm: calm.signal })
  const looking = restores(setting, watcher, own)
  const beganAt = Date.now()
  let happened = (): boolean => true
  const isOver = (): boolean => {
    const passed = (Date.now() - beganAt) / durationMs
    return signal?.aborted === true || passed >= 3 || (passed >= 1 && happened())
  }
  const again = async (ms: number, work: () => Promise<void>): Promise<void> => {
    while (!isOver()) {
      await sleep(Math.min(ms, Math.max(500, beganAt + durationMs - Date.now())), undefined, signal && { signal }).catch(() => {})
      await work().catch((error: unknown) => own.fail(describe(error)))
    }
  }
  try {
    await init(setting, own)
    const crew = startCrew(setting)
    const tally = (): Tally => sumOf([messageOf(own), messageOf(crew.tally())])
    happened = () => until.every((what) => (tally().counts.get(what) ?? 0) > 0)
    try {
      await Promise.all([
        again(pace.checkMs, async () => {
          await looking.random()
          onCheck?.(tally())
        }),
        again(pace.flipMs, () => flipSomeBit(pathOf(setting, placeNames[2]), own)),
      ])
      calm.abort()
      await watcher.sync({ compare: false })
      await crew.stop()
    } finally {
      crew.kill()
    }
    await watcher.close()
    await examineAll(setting, own, looking).catch((error: unknown) => own.fail(`In the end: ${describe(error)}`))
    return tally()
  } finally {
    rmSync(setting.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Once, while all is well. */
async function init(setting: Setting, tally: Tally): Promise<void> {
  const backup = openSoak(setting, { who: 'init', source: sqlite(pathOf(setting, 'nowhere.db')), tally, calm: AbortSignal.abort() })
  await backup.init()
  await backup.close()
}
