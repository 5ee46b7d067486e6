import { BackupError } from '../errors.ts'
import { inBounds, readVerifyCheck } from '../format/check.ts'
import type { RestoreReport } from '../read/restore-run.ts'
import { type VerifyReport, verifyDepths } from '../read/verify-run.ts'
import { decodeEach, readRecords, removeRecord, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { writerId } from '../write/writer-state.ts'
import { recordCheck } from './record-check.ts'
import { keepScrubState, loadScrubState, minutesOf, shortName } from './state.ts'

/** A restore that was checked tells about its snapshot what a drill would. */
export async function recordRestore(repository: Repository, context: RunContext, { check, snapshot }: RestoreReport, now: Date): Promise<void> {
  if (!check) return
  const outcome = check.ok ? 'sound' : 'damaged'
  await tolerating(context, () =>
    recordCheck(repository, { kind: 'restore', snapshot: snapshot.id, outcome, examined: true, findings: check.findings }, now, { signal: context.signal }),
  )
}

/** What `verify` found out is not found out again: which snapshots are damaged, which one came back sound, which packs were read. */
export async function recordVerify(repository: Repository, context: RunContext, report: VerifyReport, now: Date): Promise<void> {
  const { restore } = report
  await tolerating(context, async () => {
    await recordDamage(repository, context, report, now)
    if (restore) {
      const { check, snapshot } = restore
      const outcome = check?.ok === false ? 'damaged' : 'sound'
      const trial = { kind: 'verify', snapshot: snapshot.id, outcome, examined: check !== undefined, findings: check?.findings ?? [] } as const
      await recordCheck(repository, trial, now, { signal: context.signal })
    }
    await noteReadPacks(repository, context, report, now)
  })
}

/** One record for all depths up to this one; none as long as nothing was ever found. */
async function recordDamage(repository: Repository, { signal }: RunContext, { depth, problems }: VerifyReport, now: Date): Promise<void> {
  const level = verifyDepths.indexOf(depth)
  const snapshots = [...new Set(problems.flatMap((problem) => problem.snapshots))].sort()
  const { found, damaged } = await readRecords(repository, 'check', { signal })
  const verified = { found: found.filter(({ type }) => type === 'verify'), damaged }
  const { values } = decodeEach(verified, ({ key, fields }) => ({ key, depth: readVerifyCheck(fields).depth }))
  const old = values.filter((record) => record.depth <= level)
  if (snapshots.length > 0) {
    const findings = inBounds(problems.map(({ key, message }) => `${key}: ${message}`))
    const body = { depth: level, snapshots, findings }
    await writeRecord(repository, { class: 'check', type: 'verify', writer: await writerId(repository), time: now, body }, { signal })
  }
  for (const { key } of old) await removeRecord(repository, key, { signal })
}

/** So that a scrub begins with others. Of several providers nobody knows which one was read from; but the bytes were opened. */
async function noteReadPacks(repository: Repository, { signal }: RunContext, { depth, problems }: VerifyReport, now: Date): Promise<void> {
  if (depth === 'structure') return
  const state = await loadScrubState(repository, { signal })
  const { provider, catalog } = repository
  const damaged = new Set(problems.map(({ key }) => key.slice(-64)))
  const times = state.places.get(provider.location) ?? new Map<string, number>()
  if (!('inUse' in provider)) state.places.set(provider.location, times)
  for (const name of catalog.packs.keys()) {
    if (damaged.has(name)) continue
    times.set(shortName(name), minutesOf(now))
    if (depth !== 'hash') state.opened.set(shortName(name), minutesOf(now))
  }
  await keepScrubState(repository, state, now)
}

/** Whoever may only read has his result all the same. */
async function tolerating(context: RunContext, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!BackupError.is(error) || error.kind === 'cancelled') throw error
    context.warn(`The result is not kept in the repository: ${error.message}`, 'Snapshots are not marked with it. Give the right to write, if they are to be.')
  }
}
