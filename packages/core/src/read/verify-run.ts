import type { Lane } from '../contract/lane.ts'
import type { BackupSource } from '../contract/source.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { packPrefix } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { chooseSnapshot, sortedSnapshots } from './choose.ts'
import { checkData } from './check-data.ts'
import { checkHashes } from './check-hashes.ts'
import { checkStructure } from './check-structure.ts'
import { type Verification, type VerifyProblem, note } from './verification.ts'
import { type Reopen, whilePacksGo } from './removed-meanwhile.ts'
import { type RestoreReport, restoreRun } from './restore-run.ts'

/**
 * How thoroughly to look.
 *
 * | depth | what is proved | what it reads |
 * | --- | --- | --- |
 * | `structure` | every snapshot's lists are whole, every unit they need is in a pack that is there with its full size | lists |
 * | `hash` | every object is what its name says; where the provider vouches with SHA-256, without reading | objects, if need be |
 * | `data` | every byte decrypts, decodes and is what its id says | everything |
 * | `restore` | the newest snapshot can be restored, and its source finds it sound | one snapshot |
 *
 * Each depth includes those above it.
 */
export type VerifyDepth = 'structure' | 'hash' | 'data' | 'restore'

export const verifyDepths: readonly VerifyDepth[] = ['structure', 'hash', 'data', 'restore']

/** What was looked at, and what was found. Plain data. */
export interface VerifyReport {
  readonly depth: VerifyDepth
  readonly ok: boolean
  readonly problems: readonly VerifyProblem[]
  readonly snapshots: number
  readonly packs: number
  readonly packBytes: number
  /** Packs that belong to no snapshot: left over from interrupted runs, or waiting to be collected. */
  readonly unusedPacks: number
  readonly checkedBytes: number
  readonly durationMs: number
  /** What was restored for a trial; it is there no more. */
  readonly restore?: RestoreReport
}

export interface VerifyOptions {
  readonly depth: VerifyDepth
  readonly source: BackupSource
  readonly workers: number
  readonly reopen: Reopen
}

export async function verifyRun(repository: Repository, context: RunContext, options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now()
  const wanted = verifyDepths.indexOf(options.depth)
  const verification: Verification = { repository, context, problems: [], checkedBytes: 0, users: new Map() }
  await repository.refresh({ signal: context.signal })
  for (const [key, error] of repository.damaged) note(verification, key, error, [])
  const { unusedPacks, packBytes } = await checkStructure(verification)
  if (options.depth === 'hash') await checkHashes(verification)
  if (wanted >= verifyDepths.indexOf('data')) await withLanes(repository, options.workers, (lanes) => checkData(verification, lanes))
  const restore = options.depth === 'restore' ? await tryRestore(verification, options) : undefined
  const problems = await withoutRemoved(verification, options.reopen)
  return {
    depth: options.depth,
    ok: problems.length === 0,
    problems,
    snapshots: sortedSnapshots(repository).length,
    packs: repository.catalog.packs.size,
    packBytes,
    unusedPacks,
    checkedBytes: verification.checkedBytes,
    durationMs: Math.round(performance.now() - startedAt),
    ...(restore && { restore }),
  }
}

/** Lanes for as long as the body takes. */
export async function withLanes(repository: Repository, workers: number, body: (lanes: readonly Lane[]) => Promise<void>): Promise<void> {
  const lanes = await repository.runtime.openLanes(repository.laneSetup(workers))
  try {
    await body(lanes.lanes)
  } finally {
    await lanes.close()
  }
}

/** Whoever collects may remove packs while they are looked for. What is missed is looked for again, by what is named now. */
async function withoutRemoved(verification: Verification, reopen: Reopen): Promise<readonly VerifyProblem[]> {
  const isMissed = ({ key, kind }: VerifyProblem): boolean => kind === 'not-found' && key.startsWith(packPrefix)
  if (!verification.problems.some(isMissed)) return verification.problems
  const again: Verification = { ...verification, repository: await reopen(), problems: [] }
  await checkStructure(again)
  const others = verification.problems.filter((problem) => !isMissed(problem))
  const known = new Set(others.map(({ key }) => key))
  return [...others, ...again.problems.filter(({ key }) => !known.has(key))]
}

async function tryRestore(verification: Verification, options: VerifyOptions): Promise<RestoreReport | undefined> {
  const { repository, context } = verification
  throwIfAborted(context.signal, 'verifying')
  const newest = sortedSnapshots(repository).at(-1)
  if (!newest) return undefined
  const folder = await repository.state.temporaryFolder?.()
  if (!folder) {
    throw new BackupError('unsupported', 'There is no local folder for a trial restore.', {
      hint: 'Use the Node runtime, and a folder in option "state" that can be written to.',
    })
  }
  try {
    const to = `${folder.path}/restored`
    const { source, workers, reopen } = options
    const report = await whilePacksGo(repository, reopen, context.warn, (one) =>
      restoreRun(one, context, chooseSnapshot(one, newest.name), { source, to, overwrite: true, check: true, workers }),
    )
    for (const finding of report.check?.findings ?? []) {
      if (!report.check?.ok) verification.problems.push({ key: newest.name, kind: 'corrupt', message: finding, snapshots: [newest.name] })
    }
    return report
  } catch (error) {
    note(verification, newest.name, error, [newest.name])
    return undefined
  } finally {
    await folder.remove().catch(({ message }: BackupError) => {
      context.warn(`A copy of the data, not encrypted, was left behind: ${message}`, `Remove ${folder.path} yourself.`)
    })
  }
}
