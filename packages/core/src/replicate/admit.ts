import type { OpenOptions } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { commitPrefix, formatPrefix } from '../format/names.ts'
import { type GatherOptions, gather } from './gather.ts'
import { type ReplicaGroup, admitted, readQuorum, until } from './group.ts'
import { type Holdings, compareCopies, hasUnknownGap, holdings } from './list-copies.ts'
import type { Replica } from './replica.ts'

/** Lets replicas in. Nobody gets anything before it is known what he lacks. */
export interface Admission {
  /**
   * Opens as many as are needed. The others are let in by `retry`.
   *
   * @throws what kept one from opening, when too few could be opened; `config` when two hold different repositories
   */
  open(options: OpenOptions): Promise<void>
  /** Tries to let one in that could not be opened. @throws what is still in the way */
  retry(replica: Replica): Promise<void>
}

export function admission(group: ReplicaGroup, warn: (message: string, hint: string) => void): Admission {
  const { replicas, required } = group
  let openOptions: OpenOptions = {}
  /** One after the other: who comes later is compared with those that are in. */
  let queue: Promise<unknown> = Promise.resolve()

  const letIn = (candidates: readonly Replica[]): Promise<void> => {
    const turn = queue.then(async () => {
      const together = [...new Set([...admitted(group), ...candidates])]
      const formats = await holdings(group, together, formatPrefix, {}, whole(together))
      refuseStrangers(formats)
      // A commit comes last, so who has all commits lacks nothing.
      const commits = await holdings(group, together, commitPrefix, {}, whole(together))
      const isBehind = hasUnknownGap(group, formats) || hasUnknownGap(group, commits)
      const known = isBehind ? await compareCopies(group, together, {}) : [...commits.keys()].map(({ provider }) => provider)
      const locations = new Set(known.map(({ location }) => location))
      // Whoever broke off in the middle is asked again later.
      for (const each of candidates) each.isAdmitted = formats.has(each) && locations.has(each.provider.location)
      for (const each of replicas) each.watch()
      group.deliver()
    })
    queue = turn.catch(() => {})
    return turn
  }
  const complain = (replica: Replica, error: unknown): void => {
    if (!BackupError.is(error) || error.kind === 'cancelled') return
    const hint = `${error.hint} What it lacks is kept for it.`
    warn(`${replica.provider.location} cannot be used: ${error.message}`, hint)
  }

  return {
    async open(options) {
      const { signal, ...lasting } = options
      throwIfAborted(signal, 'opening')
      openOptions = lasting
      const missing = replicas.filter(({ isAdmitted }) => !isAdmitted)
      if (missing.length === 0) return
      const needed = Math.max(readQuorum(group), required)
      const { answers, failures } = await gather(
        group,
        missing,
        (provider) => provider.open({ ...options, signal: until(group, signal) }),
        { needed: Math.min(needed, missing.length) },
      )
      // Where none opens, nothing is kept for anybody, and why is thrown.
      if (answers.size > 0) for (const [replica, error] of failures) complain(replica, error)
      if (answers.size === 0 || (options.create && answers.size < required)) throw firstReason(group, failures)
      await letIn([...answers.keys()])
    },
    async retry(replica) {
      await replica.call((provider) => provider.open({ ...openOptions, signal: group.closing }))
      try {
        await letIn([replica])
        if (!replica.isAdmitted) throw brokeOff(replica)
      } catch (error) {
        // It answers, and may not be used all the same: it is not to be asked again at once.
        replica.failed(error)
        throw error
      }
    },
  }
}

function brokeOff({ provider: { location, name } }: Replica): BackupError {
  return new BackupError('transient', `${location} broke off while it was compared with the others.`, { plugin: name })
}

function firstReason({ replicas }: ReplicaGroup, failures: ReadonlyMap<Replica, unknown>): unknown {
  const [failure] = failures.values()
  return failure ?? replicas.find(({ problem }) => problem)?.problem ?? new BackupError('transient', 'No provider answers.')
}

/** All of them, with time: they have just answered. */
function whole(together: readonly Replica[]): GatherOptions {
  return { needed: together.length, lifeMs: 30_000 }
}

/** @throws `config` when they hold different repositories: as copies of one another they would destroy each other's history */
function refuseStrangers(formats: Holdings): void {
  const [first, ...rest] = [...formats].filter(([, { objects }]) => objects.size > 0)
  for (const [replica, { objects }] of rest) {
    if ([...objects.keys()].some((key) => first![1].has(key))) continue
    const [a, b] = [first![0].provider.location, replica.provider.location]
    const message = `${a} and ${b} hold different repositories, so neither can be a copy of the other.`
    throw new BackupError('config', message, {
      plugin: replica.provider.name,
      key: b,
      hint: 'Give the second an empty place, or back up to each on its own.',
    })
  }
}
