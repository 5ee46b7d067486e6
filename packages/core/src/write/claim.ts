import { type CallOptions, type ObjectInfo, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { type ObjectName, commitKey, packKey } from '../format/names.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog, CatalogPack } from '../index/catalog.ts'
import { takingTurns } from '../lane/turns.ts'
import { removeForGood, removedPacks } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import { sameItems } from '../repository/same-items.ts'
import { severalAtATime } from '../repository/several-at-a-time.ts'
import type { Bounds } from '../session/bounds.ts'
import { type Session, enterSession, sessionRules } from '../session/session.ts'
import { type Tomb, doomedPacks, readTombs, tombRules } from '../session/tombs.ts'
import type { RunContext } from '../track/run.ts'
import { writerId } from './writer-state.ts'

/**
 * What a run counts on while others may be removing packs: FORMAT.md §21. Looked at before it begins, and once more before it commits,
 * because in between somebody may have announced a removal.
 */
export interface Claim {
  /**
   * Packs that this run counts on though nothing names them, other than its own: those of a commit that was removed since, or cannot be
   * read. The commit names them too, so that it depends on no other (FORMAT.md §14).
   *
   * @param references ids of all units that the snapshot will refer to, 16 bytes each
   * @throws `busy` when the removal of one was announced: run again, and what was in it is stored anew. `not-found` when one is gone.
   */
  settle(references: readonly Uint8Array[], own: readonly CommitPack[]): Promise<CommitPack[]>
  /** @throws `busy` when it is too late to commit */
  checkTime(): void
  /**
   * Takes a commit back that was stored too late: the machine slept while it was on its way.
   *
   * @throws `busy` then
   */
  checkStored(name: ObjectName, commit: Commit): Promise<void>
}

export interface ClaimOptions {
  readonly bounds: Bounds
  readonly clock: () => Date
}

/** Apart, so that tests can show what happens without. */
export const claimRules: ClaimRules = {
  looksAgain: () => true,
  isStored: ({ size }, info) => info?.size === size,
}

interface ClaimRules {
  /** Before the commit it is looked once more what others remove. */
  looksAgain(): boolean
  /** A pack that nothing names is counted on only when it is there. */
  isStored(pack: CatalogPack, info: ObjectInfo | undefined): boolean
}

/** Enters a session, learns what is there and what is about to be removed. */
export async function makeClaim(repository: Repository, context: RunContext, { bounds, clock }: ClaimOptions): Promise<Claim> {
  const { catalog, unnamed, provider } = repository
  const call = { signal: context.signal }
  const session = await enterSession(repository, await writerId(repository), bounds, clock(), call)
  // What was listed before the session began does not count.
  if (session.isNew) await repository.refresh(call)
  const isFresh = session.isNew || (await repository.refreshIfStale(call))

  const seen = seenIn(catalog)
  /** @returns packs that nobody may count on since this was called last */
  const look = async (): Promise<ObjectName[]> => {
    const { tombs, damaged } = await readTombs(repository, { ...call, view: 'writer' })
    for (const [key, error] of damaged) context.warn(`Record ${key} of packs to be removed cannot be read: ${error.message}`, error.hint)
    await lookForExpired(repository, seen, clock(), call)
    const now = clock()
    const heeded = tombs.filter((tomb) => tombRules.isHeeded(tomb, now))
    const removed = removedPacks(repository)
    const isKnown = sameItems(heeded, seen.tombs) && sameItems(removed, seen.removed)
    if (isKnown && seen.shunnedAbsent === seen.absent.size) return []
    const doomed = new Set([...doomedPacks(heeded, now), ...removed, ...seen.absent])
    const fresh = [...doomed].filter((name) => !catalog.isShunned(name))
    catalog.shun(doomed)
    seen.tombs = heeded
    seen.removed = removed
    seen.shunnedAbsent = seen.absent.size
    return fresh
  }
  if (isFresh || !seen.tombs) await look()

  return {
    async settle(references, own) {
      if (!claimRules.looksAgain()) return []
      const ownNames = new Set(own.map(({ name }) => name))
      await repository.refreshIfStale(call)
      const announced = await look()
      if (announced.length === 0 && unnamed.size === 0) return []
      const used = await packsOf(catalog, references)
      const lost = announced.find((name) => used.has(name) || ownNames.has(name))
      if (lost) throw removalAnnounced(lost)
      const others = [...unnamed].filter((name) => !ownNames.has(name))
      const named = others.filter((name) => used.has(name))
      repository.abandon(others.filter((name) => !used.has(name)))
      return severalAtATime(named, capabilitiesOf(provider).smallConcurrency, async (name) => {
        const pack = catalog.packs.get(name)!
        if (!claimRules.isStored(pack, await provider.stat(packKey(name), call))) throw removed(packKey(name))
        return { ...pack, toc: null }
      })
    },
    checkTime: () => checkTime(session, clock()),
    async checkStored(name, { time }) {
      try {
        checkTime(session, clock())
      } catch (error) {
        const key = commitKey(time, name)
        // Where it cannot be written down first, it goes all the same.
        await removeForGood(repository, [key], { writer: await writerId(repository), now: clock() }, call).catch(() => provider.delete(key, call))
        throw error
      }
    },
  }
}

/**
 * What was seen on behalf of a catalog. Every run looks, and seldom is there anything new, among thousands of packs: then nothing is
 * looked through again.
 */
interface Seen {
  /**
   * Announcements that it was told of. Absent for one that was made a moment ago, in a new process or after a run was told to begin
   * again: it knows what is there as well as any listing, and nothing of that.
   */
  tombs?: readonly Tomb[]
  /** Packs that it was told of that are removed for good. */
  removed?: readonly ObjectName[]
  /** How many of `absent` it was told of. */
  shunnedAbsent: number
  /** Packs that are not there any more, of those that only snapshots name whose time in the trash is over. */
  readonly absent: Set<ObjectName>
  /** Such snapshots, that were looked into. */
  readonly checked: Set<ObjectName>
  /** In this trash there is no such snapshot before `next` that was not looked into. */
  trash?: Repository['trash']
  next: number
}

const views = new WeakMap<Catalog, Seen>()

function seenIn(catalog: Catalog): Seen {
  const seen = views.get(catalog) ?? { shunnedAbsent: 0, absent: new Set(), checked: new Set(), next: 0 }
  views.set(catalog, seen)
  return seen
}

/**
 * A snapshot whose time in the trash is over may have been removed before, with its packs, and been brought back by a provider that was
 * away: what only it names is counted on only when it is there.
 */
async function lookForExpired(repository: Repository, seen: Seen, now: Date, call: CallOptions): Promise<void> {
  const { commits, trash, index, provider } = repository
  const { checked, absent } = seen
  if (seen.trash === trash && now.getTime() < seen.next) return
  const isOver = (name: ObjectName): boolean => (trash.get(name)?.until ?? now) <= now
  const expired = [...trash.keys()].filter((name) => !checked.has(name) && commits.has(name) && isOver(name))
  if (expired.length > 0) {
    // Those that only they name.
    const asked = new Map(expired.flatMap((name) => commits.get(name)!.packs.map((pack) => [pack.name, pack])))
    for (const { packs } of index) for (const { name } of packs) asked.delete(name)
    for (const [name, { packs }] of commits) {
      for (const pack of packs) if (asked.has(pack.name) && !(trash.has(name) && isOver(name))) asked.delete(pack.name)
    }
    await severalAtATime([...asked.values()], capabilitiesOf(provider).smallConcurrency, async (pack) => {
      if (!claimRules.isStored(pack, await provider.stat(packKey(pack.name), call))) absent.add(pack.name)
    })
  }
  for (const name of expired) checked.add(name)
  for (const name of checked) if (!trash.has(name)) checked.delete(name)
  seen.trash = trash
  seen.next = Number.POSITIVE_INFINITY
  for (const { until } of trash.values()) if (until > now && until.getTime() < seen.next) seen.next = until.getTime()
}

/** The packs that hold these units, and the units that those are rebuilt from. */
async function packsOf(catalog: Catalog, references: readonly Uint8Array[]): Promise<Set<ObjectName>> {
  const packs = new Set<ObjectName>()
  const turn = takingTurns()
  for (const ids of references) {
    for (let at = 0; at < ids.length; at += idLength) {
      for (const pack of catalog.packsOf(catalog.units.find(ids, at))) packs.add(pack)
      const others = turn()
      if (others) await others
    }
  }
  return packs
}

const outrun = new WeakSet<BackupError>()

/** Did the run fail only because others went on meanwhile, so that it works when it is done again? */
export function wasOutrun(error: unknown): boolean {
  return BackupError.is(error) && outrun.has(error)
}

function outrunBy(message: string, options: { readonly key?: string; readonly hint: string }): BackupError {
  const error = new BackupError('busy', message, options)
  outrun.add(error)
  return error
}

function checkTime(session: Session, now: Date): void {
  if (!sessionRules.isOver(session, now)) return
  throw outrunBy(`This run began so long ago that others may have removed what it counts on: it had until ${session.until.toISOString()}.`, {
    hint: 'Run again: what was stored is used again, as far as it is still there.',
  })
}

function removalAnnounced(pack: ObjectName): BackupError {
  return outrunBy(`While this run was under way, the removal of pack ${packKey(pack)} was announced, on which it counts.`, {
    key: packKey(pack),
    hint: 'Run again: what was in that pack is stored anew.',
  })
}

function removed(key: string): BackupError {
  return new BackupError('not-found', `Pack ${key}, on which this backup may have counted, was removed with its snapshot.`, {
    key,
    hint: 'No other snapshot is concerned. Run again: what is missing will be stored anew.',
  })
}

