import type { Lanes } from '../contract/lane.ts'
import type { BackupSource, SourceSnapshot, SourceStream } from '../contract/source.ts'
import { inlineBlockBytes, laneBlockBytes } from '../chunk/blocks.ts'
import { defaultGear, fileGear } from '../chunk/gear.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { CommitStream } from '../format/commit.ts'
import { checkRequirements } from '../format/format-object.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { idLength } from '../format/unit-id.ts'
import { type SnapshotInfo, snapshotInfo } from '../read/snapshot.ts'
import type { Repository } from '../repository/repository.ts'
import { temporaryFolder } from '../repository/temporary-folder.ts'
import type { RunContext } from '../track/run.ts'
import { writeBytes } from './bytes.ts'
import { makeClaim } from './claim.ts'
import { writeCommit } from './commit.ts'
import type { BackupOptions } from './options.ts'
import { createGather } from './gather.ts'
import { adoptSentPacks, openJournal } from './journal.ts'
import { writeUniformList, writeVaryingList } from './list.ts'
import { createPacker } from './packer.ts'
import { writePages } from './pages.ts'
import { writeSpliced } from './spliced.ts'
import { type LoadedState, loadStreamState, saveStreamState, shadowItem, streamItem } from './stream-state.ts'
import { forgivingShadow } from './forgiving-shadow.ts'
import { createUploader } from './uploader.ts'
import type { Writer } from './writer.ts'
import { saveWriter } from './writer-state.ts'

/** One backup, from the source to the commit: FORMAT.md §14. */
export async function backupRun(repository: Repository, context: RunContext, options: BackupOptions): Promise<SnapshotInfo> {
  const { source, clock } = options
  checkRequirements(repository.format, 'write')
  const startedAt = clock()
  const claim = await makeClaim(repository, context, options)
  const previous = previousStates(repository, source)
  const adopted = await adoptSentPacks(repository, context.signal)
  for (const { name, size } of adopted.packs) context.emit({ type: 'pack-stored', key: packKey(name), sizeBytes: size, adopted: true })

  const lanes = await repository.runtime.openLanes(repository.laneSetup(options.workers))
  const journal = openJournal(repository.state, adopted.packs, context.warn)
  const uploader = createUploader(repository.provider, journal, context)
  const scratch = await temporaryFolder(repository, context)
  let snapshot: SourceSnapshot | undefined
  try {
    snapshot = await source.open({
      signal: context.signal,
      ...(scratch.path !== undefined && { scratch: scratch.path }),
      previousState: async (stream) => (await previous(stream))?.source,
      warn: context.warn,
      count: context.meter.count,
    })
    const packer = createPacker(repository, uploader, options.workers > 0)
    const gather = createGather(repository.catalog, packer, options.codec)
    const references: Uint8Array[] = []
    const writer = createWriter(repository, context, lanes, gather, options, references)

    context.phase('read')
    const written: WrittenStream[] = []
    for await (const stream of snapshot.streams()) {
      if (written.some(({ stream: { name } }) => name === stream.name)) {
        throw new BackupError('source', `"${source.name}" handed out two streams named "${stream.name}".`, { plugin: source.name })
      }
      written.push(await writeStream(writer, source, stream, await previous(stream.name)))
    }
    const proof = await snapshot.finish()
    if (proof.complete !== true) {
      throw new BackupError('source', `"${source.name}" could not say that ${source.label} was read completely.`, { plugin: source.name })
    }
    await gather.finish()
    context.phase('store')
    const packs = [...adopted.packs, ...(await packer.finish())]
    throwIfAborted(context.signal, 'storing packs')

    context.phase('commit')
    const others = await claim.settle(references, packs)
    claim.checkTime()
    const { name, commit } = await writeCommit(repository, context.signal, {
      startedAt,
      options,
      streams: written.map(({ stream }) => stream),
      proof,
      packs: [...packs, ...others],
      fresh: {
        units: gather.freshUnits + adopted.units,
        bytes: gather.freshBytes + adopted.bytes,
        storedBytes: packs.reduce((sum, { size }) => sum + size, 0),
      },
    })
    await claim.checkStored(name, commit)
    await tolerating(context, 'save what makes the next run fast', async () => {
      await saveWriter(repository, { id: commit.writer, sequence: commit.sequence, previous: name })
      for (const { remember } of written) await remember?.(name)
      await journal.clear()
    })
    const info = snapshotInfo(name, commit)
    if (info.suspect) context.emit({ type: 'snapshot-suspect', snapshot: name, findings: info.suspect })
    return info
  } finally {
    await tolerating(context, `let go of ${source.label}`, async () => snapshot?.close())
    await lanes.close()
    await uploader.settle()
    await scratch.remove()
  }
}

/** What neither unmakes a snapshot that exists nor may hide why there is none. */
async function tolerating(context: RunContext, doing: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    context.warn(`Could not ${doing}: ${error instanceof Error ? error.message : String(error)}`, 'No snapshot is concerned.')
  }
}

interface WrittenStream {
  readonly stream: CommitStream
  /** Saves what makes the next run fast, once there is a commit. */
  readonly remember?: (commit: ObjectName) => Promise<void>
}

async function writeStream(
  writer: Writer,
  source: BackupSource,
  stream: SourceStream,
  previous: LoadedState | undefined,
): Promise<WrittenStream> {
  const { name, content } = stream
  if (content.kind === 'bytes') {
    if (content.size !== undefined) writer.context.meter.expect(content.size)
    const { ids, lengths } = await writeBytes(writer, content)
    writer.refersTo(ids)
    const root = await writeVaryingList(writer, { ids, lengths })
    const size = lengths.reduce((sum, length) => sum + length, 0)
    return { stream: { name, size, chunking: { kind: 'gear', ...defaultGear }, root, units: lengths.length } }
  }

  const { repository } = writer
  const item = streamItem(source.name, source.label, name, repository)
  if (content.kind === 'spliced') {
    if (content.size !== undefined) writer.context.meter.expect(content.size)
    const { ids, lengths } = await writeSpliced(writer, content, previous)
    writer.refersTo(ids)
    const root = await writeVaryingList(writer, { ids, lengths }, previous)
    const size = lengths.reduce((sum, length) => sum + length, 0)
    const written = { size, unitLength: 0, ids, lengths }
    return {
      stream: { name, size, chunking: { kind: 'gear', ...fileGear }, root, units: lengths.length },
      remember: (commit) => saveStreamState(repository, item, { ...written, commit, source: content.state() }),
    }
  }

  if (content.kind === 'file' || !content.incremental) writer.context.meter.expect(content.size)
  const usable = previous?.unitLength === content.pageBytes ? previous : undefined
  if (content.kind === 'changed' && content.incremental && !usable) {
    throw new BackupError('source', `"${source.name}" only handed out changes, but the last snapshot of "${name}" is not known here.`)
  }
  const shadow = writer.deltas ? repository.state.path?.(shadowItem(source.name, source.label, name, repository)) : undefined
  const { ids, fingerprints } = await writePages(writer, content, usable, shadow)
  writer.refersTo(ids)
  const root = await writeUniformList(writer, ids, usable)
  const chunking = { kind: 'pages', unitLength: content.pageBytes } as const
  return {
    stream: { name, size: content.size, chunking, root, units: ids.length / idLength },
    remember: (commit) =>
      saveStreamState(repository, item, {
        commit,
        size: content.size,
        unitLength: content.pageBytes,
        ids,
        ...(fingerprints && { fingerprints }),
        ...(content.kind === 'changed' && { source: content.state() }),
      }),
  }
}

/** What local state knows of each stream, looked up once. */
function previousStates(repository: Repository, source: BackupSource): (stream: string) => Promise<LoadedState | undefined> {
  const known = new Map<string, Promise<LoadedState | undefined>>()
  return (stream) => {
    const found = known.get(stream) ?? loadStreamState(repository, streamItem(source.name, source.label, stream, repository), stream)
    known.set(stream, found)
    return found
  }
}

function createWriter(
  repository: Repository,
  context: RunContext,
  { lanes }: Lanes,
  gather: Writer['gather'],
  options: BackupOptions,
  references: Uint8Array[],
): Writer {
  let number = 0
  return {
    repository,
    context,
    lanes: options.deltas ? forgivingShadow(lanes, context.warn) : lanes,
    gather,
    blockBytes: options.workers > 0 ? laneBlockBytes : inlineBlockBytes,
    deltas: options.deltas,
    refersTo: (ids) => void references.push(ids),
    nextNumber: () => ++number,
  }
}
