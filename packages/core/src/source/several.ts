import type {
  BackupSource,
  CheckResult,
  ConsistencyProof,
  RestoreContext,
  RestoreSink,
  RestoredPlace,
  SnapshotEntry,
  SnapshotStreams,
  SourceContext,
  SourceSnapshot,
} from '../contract/source.ts'
import { contract } from '../contract/version.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { isLivePlace } from './live-place.ts'

/**
 * Several sources as one: a database and the files that its rows name, in one snapshot.
 *
 * All parts are opened before anything is read, so that their views are of nearly the same moment, and all of them are complete or
 * there is no snapshot. Streams and the facts of proofs have the name of their part in front: `uploads/manifest`, `database.pageCount`.
 *
 * A restore brings all parts back, or those for which `to` names a place: `{ to: { uploads: 'copy' } }`; with a single `to`, each part
 * gets that name and its own: `copy-uploads`. `only: ['database', 'uploads/2031/**']` chooses parts, and what is wanted of them. All
 * parts are fetched and made ready before the first takes its place; what can fail after that is the step of taking the place itself,
 * and the error then says which parts took theirs, and where their safety copies are.
 *
 * @param sources by name: letters, digits and hyphens. The order counts: the first part is opened first and takes its place first.
 * @throws `config` when there is none, or a name is none
 *
 * @example
 * ```ts
 * const source = several({ database: sqlite('store.db'), uploads: files('uploads') })
 * ```
 */
export function several(sources: Readonly<Record<string, BackupSource>>): BackupSource {
  const parts = Object.entries(sources)
  const names = parts.map(([name]) => name)
  if (parts.length === 0) throw new BackupError('config', 'several() needs at least one source.', { plugin })
  const odd = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name))
  if (odd !== undefined) throw new BackupError('config', `several() has a source with the name "${odd}", which must be letters, digits and hyphens.`, { plugin, key: odd })
  const runtime = parts.map(([, source]) => source.runtime).find((found) => found !== undefined)
  return {
    contract,
    name: plugin,
    label: parts.map(([name, { label }]) => `${name}: ${label}`).join(', '),
    selective: true,
    parts: names,
    ...(runtime && { runtime }),
    open: (context) => openAll(parts, context),
    restore: (context) => restoreParts(parts, context),
    isLive: (place, part) => isLivePart(parts, place, part),
    browse: (streams) => browseParts(parts, streams),
    check: (restored, options) => checkParts(parts, restored, options),
  }
}

type Part = readonly [name: string, source: BackupSource]

const plugin = 'several'

async function openAll(parts: readonly Part[], context: SourceContext): Promise<SourceSnapshot> {
  throwIfAborted(context.signal, 'opening sources')
  const opened: (readonly [name: string, snapshot: SourceSnapshot])[] = []
  const close = async (): Promise<void> => {
    const results = await Promise.allSettled(opened.splice(0).map(([, snapshot]) => snapshot.close()))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
  try {
    for (const [name, source] of parts) {
      const previousState: SourceContext['previousState'] = (stream) => context.previousState(`${name}/${stream}`)
      opened.push([name, await source.open({ ...context, previousState, warn: warnOf(name, context) })])
    }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
  return {
    async *streams() {
      for (const [name, snapshot] of opened) for await (const stream of snapshot.streams()) yield { ...stream, name: `${name}/${stream.name}` }
    },
    async finish() {
      const facts: [string, ConsistencyProof[string]][] = []
      const suspicions: string[] = []
      let complete = true
      for (const [name, snapshot] of opened) {
        const proof = await snapshot.finish()
        complete &&= proof.complete === true
        if (proof.suspect) suspicions.push(...proof.suspect.split('\n').map((finding) => `${name}: ${finding}`))
        for (const [fact, value] of Object.entries(proof)) facts.push([`${name}.${fact}`, value])
      }
      return { ...Object.fromEntries(facts), complete, ...(suspicions.length > 0 && { suspect: suspicions.join('\n') }) }
    },
    close,
  }
}

/** Paths begin with the name of the part, as streams do. What of it cannot be listed is left out. */
async function* browseParts(parts: readonly Part[], { names, read }: SnapshotStreams): AsyncGenerator<SnapshotEntry, void, undefined> {
  for (const [name, source] of parts) {
    const own = names.filter((stream) => stream.startsWith(`${name}/`)).map((stream) => stream.slice(name.length + 1))
    if (!source.browse || own.length === 0) continue
    let isFirst = true
    for await (const entry of source.browse({ names: own, read: (stream) => read(`${name}/${stream}`) })) {
      // A tree of several roots has no entry for what is above them.
      if (isFirst && entry.path !== '.') yield { path: name, type: 'folder', sizeBytes: 0 }
      isFirst = false
      const { content } = entry
      const path = entry.path === '.' ? name : `${name}/${entry.path}`
      yield { ...entry, path, ...(content && { content: { ...content, stream: `${name}/${content.stream}` } }) }
    }
  }
}

/** With a single place, each part goes to one of its own: see {@link several}. */
async function isLivePart(parts: readonly Part[], place: string, part: string | undefined): Promise<boolean> {
  for (const [name, source] of parts) {
    if (part !== undefined && part !== name) continue
    if (await isLivePlace(source, part === undefined ? `${place}-${name}` : place)) return true
  }
  return false
}

function warnOf(name: string, { warn }: Pick<SourceContext, 'warn'>): SourceContext['warn'] {
  return (message, hint) => warn(`${name}: ${message}`, hint)
}

interface PartSink {
  readonly name: string
  readonly sink: RestoreSink
}

async function restoreParts(parts: readonly Part[], context: RestoreContext): Promise<RestoreSink> {
  throwIfAborted(context.signal, 'preparing a restore')
  const wanted = chosenParts(parts, context)
  const sinks: PartSink[] = []
  const abort = async (): Promise<void> => {
    const results = await Promise.allSettled(sinks.map(({ sink }) => sink.abort()))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
  try {
    for (const [name, source, own] of wanted) {
      const proof = proofOf(name, context.proof)
      sinks.push({ name, sink: await source.restore({ ...common(context), ...own, proof, warn: warnOf(name, context) }) })
    }
  } catch (error) {
    await abort().catch(() => {})
    throw error
  }
  const sinkOf = (stream: string): readonly [PartSink, string] => {
    const slash = stream.indexOf('/')
    const found = sinks.find(({ name }) => name === stream.slice(0, slash))
    if (found) return [found, stream.slice(slash + 1)]
    throw new BackupError('unsupported', `The snapshot has a stream "${stream}", which belongs to none of the parts ${parts.map(([name]) => name).join(', ')}.`, { plugin })
  }
  const prepare = async (): Promise<void> => {
    for (const { sink } of sinks) await sink.prepare?.()
  }
  return {
    async space(bytes) {
      // How the bytes are shared out nobody knows here: each place must be able to take all.
      const spaces = await Promise.all(sinks.map(({ sink }) => sink.space?.(bytes)))
      const free = spaces.flatMap((space) => space?.freeBytes ?? [])
      const neededBytes = Math.max(bytes, ...spaces.map((space) => space?.neededBytes ?? 0))
      return { neededBytes, ...(free.length > 0 && { freeBytes: Math.min(...free) }) }
    },
    select(names) {
      return sinks.flatMap(({ name, sink }) => {
        const own = names.filter((stream) => stream.startsWith(`${name}/`)).map((stream) => stream.slice(name.length + 1))
        if (own.length === 0) throw new BackupError('not-found', `The snapshot has no part "${name}".`, { plugin, key: name })
        return (sink.select?.(own) ?? own).map((stream) => `${name}/${stream}`)
      })
    },
    async open({ name, size }) {
      const [{ sink }, stream] = sinkOf(name)
      return sink.open({ name: stream, size })
    },
    prepare,
    async commit() {
      await prepare()
      return commitAll(sinks)
    },
    abort,
  }
}

/** Parts that are ready come last: of those before them, a step may still fail that takes long. */
async function commitAll(sinks: readonly PartSink[]): Promise<RestoredPlace> {
  const done: Record<string, RestoredPlace> = {}
  for (const { name, sink } of [...sinks].sort((a, b) => Number(a.sink.prepare !== undefined) - Number(b.sink.prepare !== undefined))) {
    try {
      done[name] = await sink.commit()
    } catch (error) {
      throw Object.keys(done).length === 0 ? error : halfDone(name, done, error)
    }
  }
  const places = sinks.map(({ name }) => [name, done[name]!] as const)
  const copies = places.flatMap(([name, { safetyCopy }]) => (safetyCopy === undefined ? [] : [`${name}: ${safetyCopy}`]))
  return {
    place: places.map(([name, { place }]) => `${name}: ${place}`).join(', '),
    requiresRestart: places.some(([, { requiresRestart }]) => requiresRestart),
    ...(copies.length > 0 && { safetyCopy: copies.join(', ') }),
    parts: Object.fromEntries(places),
  }
}

function halfDone(name: string, done: Readonly<Record<string, RestoredPlace>>, cause: unknown): BackupError {
  const told = Object.entries(done).map(([part, { place, safetyCopy }]) => `${part} (${place}${safetyCopy === undefined ? '' : `, before: ${safetyCopy}`})`)
  const kind = BackupError.is(cause) ? cause.kind : 'permanent'
  const message = `"${name}" could not take its place: ${(cause as Error).message} These parts are restored already: ${told.join(', ')}.`
  const own = BackupError.is(cause) && cause.altered ? `${cause.hint} ` : ''
  const hint = `${own}Mend the cause and restore again, or put the safety copies back.`
  return new BackupError(kind, message, { plugin, key: name, retryable: false, altered: true, hint, cause })
}

type OwnContext = Pick<RestoreContext, 'to' | 'only'>

function common({ signal, overwrite, scratch, count }: RestoreContext): Pick<RestoreContext, 'signal' | 'overwrite' | 'scratch' | 'count'> {
  return { overwrite, ...(signal && { signal }), ...(scratch !== undefined && { scratch }), ...(count && { count }) }
}

/** Which parts are wanted, where each goes, and what is wanted of it. */
function chosenParts(parts: readonly Part[], { to, places, only }: RestoreContext): (readonly [name: string, source: BackupSource, own: OwnContext])[] {
  const stray = only?.find((rule) => !parts.some(([name]) => partOf(rule) === name))
  if (stray !== undefined) {
    throw new BackupError('config', `"${stray}" begins with no part; the parts are ${parts.map(([name]) => name).join(', ')}.`, { plugin, key: 'only' })
  }
  return parts.flatMap(([name, source]) => {
    if (places && places[name] === undefined) return []
    const place = places?.[name] ?? (to === undefined ? undefined : `${to}-${name}`)
    const rules = only?.filter((rule) => partOf(rule) === name).map((rule) => rule.replace(/^\//, '').slice(name.length + 1))
    if (rules?.length === 0) return []
    // The name alone means all of the part.
    const inner = rules?.every((rule) => rule !== '') ? rules.map((rule) => `/${rule}`) : undefined
    if (inner && !source.selective) {
      throw new BackupError('unsupported', `"${name}" can only be restored as a whole.`, { plugin, key: 'only', hint: `Write "${name}".` })
    }
    return [[name, source, { ...(place !== undefined && { to: place }), ...(inner && { only: inner }) }] as const]
  })
}

function partOf(rule: string): string {
  return rule.replace(/^\//, '').split('/', 1)[0]!
}

function proofOf(name: string, proof: ConsistencyProof): ConsistencyProof {
  const facts = Object.entries(proof).filter(([fact]) => fact.startsWith(`${name}.`))
  const own = Object.fromEntries(facts.map(([fact, value]) => [fact.slice(name.length + 1), value]))
  return { ...own, complete: proof.complete }
}

async function checkParts(parts: readonly Part[], { parts: restored = {} }: RestoredPlace, options: { readonly signal?: AbortSignal }): Promise<CheckResult> {
  const findings: string[] = []
  const counts: Record<string, number> = {}
  let ok = Object.keys(restored).length > 0
  if (!ok) findings.push('Nothing is known about the places of the parts.')
  for (const [name, source] of parts) {
    const place = restored[name]
    const result = place && (await source.check?.(place, options))
    if (!result) continue
    ok &&= result.ok
    findings.push(...result.findings.map((finding) => `${name}: ${finding}`))
    for (const [count, value] of Object.entries(result.counts ?? {})) counts[`${name}.${count}`] = value
  }
  return { ok, findings, counts }
}
