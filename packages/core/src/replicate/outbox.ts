import type { StateStore } from '../contract/runtime.ts'
import { hex, utf8 } from '../format/text.ts'

/**
 * What providers lack, in the order in which it must come to them. It survives a crash: an object counts as stored only when
 * each provider has it or has it in its outbox.
 *
 * Bodies are kept too, as far as the budget goes and where they are not at hand anyway; else they are read from a provider
 * that has them.
 */
export interface Outbox {
  /** What is to be done for one replica, oldest first. */
  pending(replica: string): readonly Task[]
  /** How much that is. */
  count(replica: string): number
  /** Is it to get this object? */
  lacks(replica: string, key: string): boolean
  /** Is this object to be removed from it? */
  mustRemove(replica: string, key: string): boolean
  /** Resolves when it is on disk. A key that waits already keeps its place. */
  add(replica: string, keys: readonly string[]): Promise<void>
  /** The same for removals; these objects are not sent any more. */
  addRemovals(replica: string, keys: readonly string[]): Promise<void>
  /** The replica has it now. */
  done(replica: string, key: string): Promise<void>
  /** The replica has it no more. */
  removed(replica: string, key: string): Promise<void>
  /** Is called when a replica has got everything, which may be for a moment only. */
  whenEmpty(listener: (replica: string) => void): void
  /** Keeps a body until nobody waits for it any more; says `false` when the budget is used up. */
  keep(key: string, body: Uint8Array): Promise<boolean>
  body(key: string): Promise<Uint8Array | undefined>
}

export interface Task {
  readonly key: string
  readonly removes: boolean
}

/** Keys are written in groups: what is written anew with each key stays small. */
const groupSize = 100

interface Group {
  readonly item: string
  /** Those that were sent stay until all were: to send one twice is harmless. A removal has a `-` in front. */
  readonly keys: string[]
}

export async function openOutbox(state: StateStore, budgetBytes: number): Promise<Outbox> {
  const groups = new Map<string, Group[]>()
  const waiting = new Map<string, Set<string>>()
  const kept = new Map<string, number>()
  // Another process may work on the same state: nobody adds to a group of somebody else.
  const session = hex(crypto.getRandomValues(new Uint8Array(4)))
  const listeners: ((replica: string) => void)[] = []
  let sequence = 0
  let keptBytes = 0
  let writing: Promise<unknown> = Promise.resolve()

  const waitingFor = (replica: string): Set<string> => {
    const found = waiting.get(replica) ?? new Set<string>()
    waiting.set(replica, found)
    return found
  }
  const groupsOf = (replica: string): Group[] => {
    const found = groups.get(replica) ?? []
    groups.set(replica, found)
    return found
  }
  /** One change after the other: two that overlap would write the same group. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = writing.then(change)
    writing = result.catch(() => {})
    return result
  }
  const save = (group: Group): Promise<void> => state.write(group.item, utf8(JSON.stringify(group.keys)))
  const isWanted = (key: string): boolean => [...waiting.values()].some((keys) => keys.has(key))

  for (const item of (await state.list()).sort()) {
    const body = /^body-(?<size>\d+)-(?<key>.+)$/.exec(item)?.groups
    if (body) {
      kept.set(keyIn(body['key']!), Number(body['size']))
      keptBytes += Number(body['size'])
      continue
    }
    const replica = /^lacks-(?<replica>[0-9a-f]+)-\d+-/.exec(item)?.groups?.['replica']
    const keys = replica === undefined ? undefined : keysIn(await state.read(item))
    if (replica === undefined || !keys) continue
    groupsOf(replica).push({ item, keys })
    for (const key of keys) waitingFor(replica).add(key)
    sequence = Math.max(sequence, Number(item.split('-')[2]))
  }
  for (const key of kept.keys()) if (!isWanted(key)) await forget(key)

  async function forget(key: string): Promise<void> {
    const size = kept.get(key) ?? 0
    keptBytes -= size
    kept.delete(key)
    await state.remove(bodyItem(key, size))
  }

  /** To be called in turn. */
  const enter = async (replica: string, marks: readonly string[]): Promise<void> => {
    const set = waitingFor(replica)
    const fresh = marks.filter((mark) => !set.has(mark))
    for (let from = 0; from < fresh.length; ) {
      const all = groupsOf(replica)
      let last = all.at(-1)
      if (!last || last.keys.length >= groupSize || !last.item.endsWith(session)) {
        last = { item: `lacks-${replica}-${String(++sequence).padStart(9, '0')}-${session}`, keys: [] }
        all.push(last)
      }
      const some = fresh.slice(from, from + groupSize - last.keys.length)
      last.keys.push(...some)
      await save(last)
      for (const mark of some) set.add(mark)
      from += some.length
    }
  }
  const strike = async (replica: string, mark: string): Promise<void> => {
    const set = waitingFor(replica)
    if (!set.delete(mark)) return
    const all = groupsOf(replica)
    const at = all.findIndex((group) => group.keys.includes(mark))
    const group = all[at]
    if (group?.keys.every((each) => !set.has(each))) {
      all.splice(at, 1)
      await state.remove(group.item)
    }
    if (kept.has(mark) && !isWanted(mark)) await forget(mark)
    if (set.size === 0) for (const listener of listeners) listener(replica)
  }

  return {
    pending: (replica) => [...waitingFor(replica)].map(taskOf),
    count: (replica) => waitingFor(replica).size,
    lacks: (replica, key) => waitingFor(replica).has(key),
    mustRemove: (replica, key) => waitingFor(replica).has(removalOf(key)),
    add: (replica, keys) => inTurn(() => enter(replica, keys)),
    addRemovals: (replica, keys) =>
      inTurn(async () => {
        await enter(replica, keys.map(removalOf))
        for (const key of keys) await strike(replica, key)
      }),
    done: (replica, key) => inTurn(() => strike(replica, key)),
    removed: (replica, key) => inTurn(() => strike(replica, removalOf(key))),
    whenEmpty: (listener) => void listeners.push(listener),
    keep: (key, body) =>
      inTurn(async () => {
        if (kept.has(key)) return true
        if (keptBytes + body.length > budgetBytes) return false
        await state.write(bodyItem(key, body.length), body)
        kept.set(key, body.length)
        keptBytes += body.length
        return true
      }),
    async body(key) {
      const size = kept.get(key)
      return size === undefined ? undefined : state.read(bodyItem(key, size))
    },
  }
}

/** No key begins with a dash. */
const removalOf = (key: string): string => `-${key}`
const taskOf = (mark: string): Task =>
  mark.startsWith('-') ? { key: mark.slice(1), removes: true } : { key: mark, removes: false }

/** Items have flat names, and no part of a key holds a `+`. The size is there so that nobody has to read them for it. */
const bodyItem = (key: string, size: number): string => `body-${size}-${key.replaceAll('/', '+')}`
const keyIn = (item: string): string => item.replaceAll('+', '/')

function keysIn(bytes: Uint8Array | undefined): string[] | undefined {
  if (!bytes) return undefined
  try {
    const keys: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined
  } catch {
    return undefined
  }
}
