import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeStore, createStore } from '@backup-internal/store'
import { sha256Of } from '../demo/file-hash.ts'
import type { BackupTask } from './backup-process.ts'
import { checkRepository, packSizes } from './check-repository.ts'
import { readLog } from './logged.ts'
import { type BackupOutcome, type RunOptions, runBackup } from './run-backup.ts'

export interface SoakOptions {
  readonly kills: number
  /** Size of the database. */
  readonly bytes: number
  readonly signal?: AbortSignal
  readonly onKill?: (kills: number) => void
}

/** What happened, in numbers; without faults everything was as it must be. */
export interface SoakReport {
  readonly kills: number
  /** What the killed runs were busy with. */
  readonly killedWhile: Readonly<Record<string, number>>
  readonly repositories: number
  readonly snapshots: number
  /** Packs that no snapshot names; they were removed before everything was restored. */
  readonly orphans: number
  /** Bytes of packs beyond those of repositories in which nothing was killed. */
  readonly excessBytes: number
  /** One pack for each kill. */
  readonly allowedBytes: number
  /** Packs that killed runs had stored: those after them go on with them. */
  readonly carriedPacks: number
  /** Packs that were on their way when a run was killed, and did not arrive: in all, and the most of one run. */
  readonly lostPacks: number
  readonly mostLostPacks: number
  readonly faults: readonly string[]
}

/**
 * Backs up a database again and again, and kills it at random moments; each time it is run again until it
 * comes through. Each repository gets a first snapshot and one of changed data. Beside it grows another one
 * of the same data, in which nothing is killed: it tells what would have been stored.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-soak-'))
  const tally = emptyTally()
  try {
    const original = join(folder, 'original.db')
    createStore(original, { bytes: options.bytes })
    while (tally.kills < options.kills) {
      const place = join(folder, `repository-${++tally.repositories}`)
      mkdirSync(place)
      copyFileSync(original, join(place, 'store.db'))
      await soakRepository(place, options, tally)
      rmSync(place, { recursive: true, maxRetries: 3 })
    }
    return { ...tally, killedWhile: Object.fromEntries(tally.killedWhile) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

type Tally = { -readonly [Key in keyof Omit<SoakReport, 'killedWhile' | 'faults'>]: number } & {
  readonly killedWhile: Map<string, number>
  readonly faults: string[]
}

async function soakRepository(place: string, options: SoakOptions, tally: Tally): Promise<void> {
  const database = join(place, 'store.db')
  const repository = join(place, 'killed')
  const reference = join(place, 'reference')
  const taskFor = (where: string, log: string, sha256: string): BackupTask =>
    ({ database, repository: where, state: `${where}-state`, log: join(place, log), sha256 })
  const versions: string[] = []
  const killsBefore = tally.kills

  for (let version = 0; version < versionsOfEach; version++) {
    if (version > 0) changeStore(database, 'uniform', { seed: version + 1 })
    const sha256 = await sha256Of(database)
    versions.push(sha256)
    const usual = await runBackup(taskFor(reference, 'reference.log', sha256), options)
    for (let done = false; !done; ) {
      const log = `${version}-${tally.kills}.log`
      const kill = tally.kills < options.kills ? someMoment(usual) : undefined
      const run = await runBackup(taskFor(repository, log, sha256), { ...options, kill })
      done = !run.killed
      if (!run.killed) continue
      countKill(tally, run, join(place, log), repository)
      options.onKill?.(tally.kills)
    }
  }

  const sizes = [...packSizes(reference).values()]
  tally.allowedBytes += (tally.kills - killsBefore) * Math.max(...sizes)
  tally.excessBytes += sum([...packSizes(repository).values()]) - sum(sizes)
  const { snapshots, orphans, faults } = await checkRepository(repository, database, versions)
  tally.snapshots += snapshots
  tally.orphans += orphans
  tally.faults.push(...faults)
}

function countKill(tally: Tally, { phase }: BackupOutcome, log: string, repository: string): void {
  const { stored, interrupted } = readLog(log)
  const there = packSizes(repository)
  const lost = [...interrupted.keys()].filter((key) => !there.has(key)).length
  tally.kills++
  tally.killedWhile.set(phase, (tally.killedWhile.get(phase) ?? 0) + 1)
  tally.carriedPacks += stored.size + interrupted.size - lost
  tally.lostPacks += lost
  tally.mostLostPacks = Math.max(tally.mostLostPacks, lost)
}

function emptyTally(): Tally {
  return {
    kills: 0,
    killedWhile: new Map(),
    repositories: 0,
    snapshots: 0,
    orphans: 0,
    excessBytes: 0,
    allowedBytes: 0,
    carriedPacks: 0,
    lostPacks: 0,
    mostLostPacks: 0,
    faults: [],
  }
}

/** Anywhere in a run, more often after it began to read, for then there is more to lose. Some come through. */
function someMoment({ beforeEndMs }: BackupOutcome): RunOptions['kill'] {
  const after = Math.random() < 0.25 ? 'begin' : 'read'
  return { after, waitMs: Math.random() * 1.1 * (beforeEndMs.get(after) ?? 0) }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0)

const versionsOfEach = 2
