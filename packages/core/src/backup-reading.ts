import type { Connection } from './connect/connection.ts'
import type { Authority } from './contract/authority.ts'
import type { CallOptions } from './contract/provider.ts'
import type { BackupSource, SnapshotEntry } from './contract/source.ts'
import { drillRun } from './drill/drill-run.ts'
import { listDrills } from './drill/drills.ts'
import { isAuthentic } from './drill/evidence.ts'
import type { DrillReport } from './drill/report.ts'
import { BackupError } from './errors.ts'
import type { Operation } from './events.ts'
import { listEntries, readEntry } from './read/browse.ts'
import { type ChosenSnapshot, chooseSnapshot } from './read/choose.ts'
import { type SnapshotDifference, compareSnapshots } from './read/compare.ts'
import { lastingStream, seenIn } from './read/lasting-stream.ts'
import type { OpenedStream, SeenSnapshot } from './read/opened-stream.ts'
import { type StreamPart, readStream } from './read/read-stream.ts'
import { resumedWhilePacksGo, whilePacksGo } from './read/removed-meanwhile.ts'
import { type VerifyDepth, type VerifyReport, verifyRun } from './read/verify-run.ts'
import type { Repository } from './repository/repository.ts'
import { recordVerify } from './scrub/record-others.ts'
import { type ScrubReport, scrubRun } from './scrub/scrub-run.ts'
import type { Run, RunContext } from './track/run.ts'

export interface ReadRequest extends CallOptions, StreamPart {}

export interface OpenRequest extends CallOptions {
  /** Name of the stream. @default the only one */
  readonly stream?: string
  /** Of decoded data, kept in memory: 1 MiB or more. @default 33,554,432 */
  readonly cacheBytes?: number
}

export interface EntriesRequest extends CallOptions {
  /** Only what lies directly in it; `.` is the top. @default everything, at any depth */
  readonly folder?: string
}

export interface VerifyRequest extends CallOptions {
  /** @default 'structure' */
  readonly depth?: VerifyDepth
}

export interface ScrubRequest extends CallOptions {
  /**
   * How many bytes to look at, of what each provider holds. What a provider vouches for counts, though it is not read.
   * @default a thirtieth of what it holds: done daily, everything is looked at once a month
   */
  readonly budgetBytes?: number
}

export interface DrillRequest extends CallOptions, Authority {
  /** `latest`, `random`, or the beginning of an id. @default 'latest' */
  readonly snapshot?: string
  /** Where to restore to, in the source's terms; never the live place, and nothing may be there. @default a private folder in local state */
  readonly to?: string
  /** Leave what was restored at `to`. It is not encrypted. @default false */
  readonly keep?: boolean
  /** Machine that does it, for the evidence. */
  readonly host?: string
}

/** How what is stored is read, and put to the test. */
export interface BackupReading {
  /**
   * The bytes of one stream, in order, without restoring anything; only what is asked for is fetched.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `not-found` when the snapshot has no such stream
   */
  read(snapshot: string, stream: string, request?: ReadRequest): AsyncIterable<Uint8Array>
  /**
   * Opens a stream for reads anywhere in it, without restoring anything. Where the repository is not open yet, it is not opened for that:
   * of a large one, a page is there after about ten round trips and less than 2 MB. Close it in the end.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `not-found` when the snapshot has no such stream; `config` when it has several and none is named
   *
   * @example
   * const database = await backup.openStream('latest')
   * const header = await database.read(0, 100)
   * database.close()
   */
  openStream(snapshot: string, request?: OpenRequest): Promise<OpenedStream>
  /**
   * What is in a snapshot, as its source sees it, without restoring it: each folder before what is in it.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `unsupported` when the source has no files; `not-found` when there is nothing with the path of the folder
   */
  entries(snapshot: string, request?: EntriesRequest): AsyncIterable<SnapshotEntry>
  /**
   * The bytes of one file in a snapshot, without restoring anything; only what is asked for is fetched.
   *
   * @throws `not-found` when there is nothing with this path, and which is near; `config` for a folder or a link; `unsupported`
   */
  readEntry(snapshot: string, path: string, request?: ReadRequest): AsyncIterable<Uint8Array>
  /** What is different between two snapshots, by their lists: no data is read. @param from, to `latest`, or the beginning of an id */
  diff(from: string, to: string, options?: CallOptions): Promise<SnapshotDifference>
  /** Looks for damage, as thoroughly as asked for. */
  verify(request?: VerifyRequest): Run<VerifyReport>
  /**
   * Looks at what is stored, a part of it each time: damaged objects first, then those that nobody has looked at for longest. What is
   * damaged at one provider and good at another is replaced.
   */
  scrub(request?: ScrubRequest): Run<ScrubReport>
  /**
   * Restores a snapshot for a trial to a place where nobody needs it, has its source look at the result, measures how long that takes,
   * clears it away, and keeps the evidence in the repository. What turns out to be damaged is a result; when the drill itself cannot be
   * carried out, it rejects.
   *
   * @throws `config` when the place is the live one.
   */
  drill(request?: DrillRequest): Run<DrillReport>
  /** The evidence of drills, oldest first. */
  drills(options?: CallOptions): Promise<readonly DrillReport[]>
  /**
   * Whether a report, also one that was exported and read again, is to the letter what somebody wrote who had the keys of this repository.
   *
   * @throws `config` for what is no report of a drill on this repository; `key` when its keys are not there any more
   */
  verifyEvidence(report: DrillReport, options?: CallOptions): Promise<boolean>
}

/** What the other parts of a backup know. */
export interface ReadingSetting {
  readonly source: BackupSource
  readonly connection: Connection
  readonly clock: () => Date
  readonly workers: number
  run<Result>(
    operation: Operation,
    signal: AbortSignal | undefined,
    body: (context: RunContext) => Promise<Result>,
  ): Run<Result>
}

export function backupReading({ source, connection, clock, workers, run }: ReadingSetting): BackupReading {
  const fresh = async (call: CallOptions): Promise<Repository> => {
    const repository = await connection.open(call)
    await repository.refresh(call)
    return repository
  }
  /** With nothing that was known before: what was removed since is not missed, and what is there is seen as a stranger sees it. */
  const anew = (call: CallOptions) => (): Promise<Repository> => connection.openAnew(call)
  const seen = async (wanted: string, call: CallOptions): Promise<SeenSnapshot> => {
    const glance = await connection.glance(wanted, call)
    if (glance) return glance
    const repository = await fresh(call)
    return seenIn(repository, chooseSnapshot(repository, wanted))
  }
  async function* pieces<Item>(
    wanted: string,
    call: CallOptions,
    sizeOf: (item: Item) => number,
    begin: (repository: Repository, chosen: ChosenSnapshot, told: number) => AsyncIterable<Item>,
  ): AsyncGenerator<Item, void, undefined> {
    const repository = await fresh(call)
    const { name } = chooseSnapshot(repository, wanted)
    yield* resumedWhilePacksGo(repository, anew(call), sizeOf, (one, told) => begin(one, chooseSnapshot(one, name), told))
  }

  return {
    read(wanted, stream, { offset, length, signal } = {}) {
      const call = signal ? { signal } : {}
      return pieces(wanted, call, bytesOf, (repository, chosen, told) => readStream(repository, chosen, stream, partAfter(told, offset, length), call))
    },
    async openStream(wanted, { stream, cacheBytes = 32 << 20, signal } = {}) {
      if (!Number.isSafeInteger(cacheBytes) || cacheBytes < 1 << 20) {
        throw new BackupError('config', `Option "cacheBytes" must be a whole number of bytes, 1 MiB or more; found ${cacheBytes}.`, { key: 'cacheBytes' })
      }
      const call = signal ? { signal } : {}
      // Later reads have signals of their own.
      return lastingStream(await seen(wanted, call), stream, { cacheBytes }, anew({}))
    },
    entries: (wanted, { folder, ...call } = {}) =>
      pieces(wanted, call, () => 1, (repository, chosen, told) => leavingOut(told, listEntries(repository, chosen, source, folder, call))),
    readEntry: (wanted, path, { offset, length, ...call } = {}) =>
      pieces(wanted, call, bytesOf, (repository, chosen, told) => readEntry(repository, chosen, source, path, partAfter(told, offset, length), call)),
    async diff(from, to, options = {}) {
      const repository = await fresh(options)
      const [before, after] = [from, to].map((wanted) => chooseSnapshot(repository, wanted).name)
      return whilePacksGo(repository, anew(options), unheard, (one) =>
        compareSnapshots(one, chooseSnapshot(one, before!), chooseSnapshot(one, after!), options),
      )
    },
    verify({ depth = 'structure', signal } = {}) {
      const body = async (context: RunContext): Promise<VerifyReport> => {
        const repository = await connection.openAnew(context)
        const report = await verifyRun(repository, context, { depth, source, workers, reopen: anew(context) })
        await recordVerify(repository, context, report, clock())
        return report
      }
      return run('verify', signal, body)
    },
    scrub({ budgetBytes, signal } = {}) {
      const options = { workers, clock, ...(budgetBytes !== undefined && { budgetBytes }) }
      return run('scrub', signal, async (context) => scrubRun(await connection.open(context), context, options))
    },
    drill({ signal, snapshot = 'latest', keep = false, ...request } = {}) {
      const body = async (context: RunContext): Promise<DrillReport> => {
        const options = { ...request, source, snapshot, keep, workers, clock, reopen: anew(context) }
        return drillRun(await connection.open(context), context, options)
      }
      return run('drill', signal, body)
    },
    drills: async (options) => listDrills(await connection.open(options), options),
    async verifyEvidence(report, options) {
      const { runtime, ring } = await connection.open(options)
      return isAuthentic(runtime.crypto, ring, report)
    },
  }
}

const unheard = (): void => {}
const bytesOf = ({ length }: Uint8Array): number => length

/** What is left of a part when so many bytes of it were told. */
function partAfter(told: number, offset: number | undefined, length: number | undefined): StreamPart {
  if (told === 0) return { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
  return { offset: (offset ?? 0) + told, ...(length !== undefined && { length: length - told }) }
}

async function* leavingOut<Item>(count: number, items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  let left = count
  for await (const item of items) if (left-- <= 0) yield item
}
