import { type BackupProvider, type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import type { BackupConfig } from '../config.ts'
import { type Connection, isNotThere } from '../connect/connection.ts'
import { throwIfAborted } from '../errors.ts'
import type { Failure } from '../events.ts'
import { formatPrefix } from '../format/names.ts'
import { findAnomalies } from '../keep/anomalies.ts'
import type { RetentionPlan } from '../keep/plan.ts'
import { retentionNow } from '../prune/retention.ts'
import { snapshotMarks } from '../read/marks.ts'
import { type CopyKnowledge, storedSnapshots } from '../read/snapshot-copies.ts'
import type { ReplicaStatus } from '../replicate/replicated.ts'
import type { Repository } from '../repository/repository.ts'
import { inOurWords } from '../track/announcer.ts'
import type { HealthFacts, JudgedSnapshot, ProviderFacts } from './facts.ts'
import { within } from './within.ts'

/** Where facts come from. */
export interface FactSources {
  readonly config: BackupConfig
  readonly connection: Connection
  /** Who holds what. */
  readonly knowledge: () => Promise<CopyKnowledge>
  readonly zone: string
}

type Known = Pick<HealthFacts, 'history' | 'running' | 'nextRun' | 'standing'>

/** Opening reads every commit the first time; a provider that is asked how it is answers at once, or is not well. */
const openingMs = 60_000
const answerMs = 15_000

/**
 * Finds out how it stands. What does not work is a fact and no error; the only one is `cancelled`.
 *
 * @param known what is known already
 */
export async function gatherFacts(sources: FactSources, now: Date, known: Known, call: CallOptions): Promise<HealthFacts> {
  const { config } = sources
  const { source, providers, copies } = config
  const { repository, closed, snapshots: all = [], statuses = [], retention, isNew = false } = await openRepository(sources, now, call)
  const found = await Promise.all(providers.map((provider) => probe(provider, statuses, call)))
  const probed = isNew ? found.map(withoutLack) : found
  const own = all.filter((snapshot) => snapshot.source.name === source.name && snapshot.source.label === source.label)
  return {
    label: source.label,
    ...(closed && { closed }),
    snapshots: own,
    damaged: [...(repository?.damaged ?? [])].map(([key, { message }]) => ({ key, message })),
    providers: probed,
    required: copies?.required ?? 1,
    ...known,
    ...(retention && { retention }),
    anomalies: findAnomalies(own, now),
    stored: repository ? storedBy(repository) : { objects: 0, bytes: 0 },
    notified: (config.notify ?? []).length > 0,
  }
}

/** Either what the repository says, or why it says nothing. */
interface Opened {
  readonly repository?: Repository
  readonly snapshots?: readonly JudgedSnapshot[]
  readonly statuses?: readonly ReplicaStatus[]
  readonly retention?: RetentionPlan | undefined
  readonly closed?: Failure
  /** There is none, and never was one that this machine knows of. */
  readonly isNew?: boolean
}

async function openRepository(sources: FactSources, now: Date, call: CallOptions): Promise<Opened> {
  const { connection } = sources
  try {
    return await within(openingMs, 'The repository', call, async (signal) => {
      const repository = await connection.open({ signal })
      const place = await connection.place()
      // Before anything is read: to whom can be read from, it is forgiven that nothing could be stored.
      const statuses = 'replicas' in place ? place.replicas() : []
      await repository.refresh({ signal })
      const knowledge = await sources.knowledge()
      const retention = await planOf(sources, repository, knowledge, now, signal)
      return { repository, snapshots: storedSnapshots(repository, knowledge, await snapshotMarks(repository, { signal })), statuses, retention }
    })
  } catch (error) {
    throwIfAborted(call.signal, 'looking at the repository')
    // Who cannot read what he remembers is not told to make a new one.
    const isNew = isNotThere(error) && (await connection.remembered().catch(() => '')) === undefined
    return isNew ? { closed: notSetUp, isNew } : { closed: inOurWords(error) }
  }
}

const notSetUp: Failure = { kind: 'not-a-repository', message: 'There is no repository yet.', hint: 'Call init() once. If there should be one, look whether the right disk or folder is there.' }

/** Before a repository is made it is in none of its places, and no place is to blame. */
function withoutLack({ problem, ...provider }: ProviderFacts): ProviderFacts {
  const isLack = problem?.kind === 'target-missing' || problem?.kind === 'not-a-repository'
  return { ...provider, ...(problem && !isLack && { problem }) }
}

/** Asks the provider itself: what the last call to it met may be long ago. */
async function probe(provider: BackupProvider, statuses: readonly ReplicaStatus[], call: CallOptions): Promise<ProviderFacts> {
  const { location, name } = provider
  const status = statuses.find((one) => one.location === location)
  const ask = async (signal: AbortSignal): Promise<Failure | undefined> => {
    for await (const _ of provider.list(formatPrefix, { signal })) return undefined
    return { kind: 'not-a-repository', message: `${location} is there and does not hold the repository.`, hint: 'Bring the right disk or folder back, or call init() if it is new.' }
  }
  const [met, usage] = await Promise.all([
    within(answerMs, location, call, ask).catch(inOurWords),
    provider.usage && within(answerMs, location, call, (signal) => provider.usage!({ signal })).catch(() => undefined),
  ])
  const problem = status?.problem ?? met
  const { nearby } = capabilitiesOf(provider)
  return { location, name, nearby, waiting: status?.waiting ?? 0, ...(problem && { problem }), ...(usage && { usage }) }
}

/** A policy that cannot plan says so where it is applied. */
async function planOf(
  { config, zone }: FactSources,
  repository: Repository,
  knowledge: CopyKnowledge,
  now: Date,
  signal: AbortSignal,
): Promise<RetentionPlan | undefined> {
  const policies = [config.retention ?? []].flat()
  if (policies.length === 0) return undefined
  return retentionNow(repository, { policies, zone, clock: () => now, knowledge }, { signal }).catch(() => undefined)
}

function storedBy({ catalog, commits }: Repository): HealthFacts['stored'] {
  let bytes = 0
  for (const { size } of catalog.packs.values()) bytes += size
  return { objects: catalog.packs.size + commits.size, bytes }
}
