import type { CallOptions } from '../contract/provider.ts'
import { readTrail } from '../audit/copies.ts'
import { BackupError } from '../errors.ts'
import { decodeHeader, headerLength } from '../format/header.ts'
import { nameInKey, slotPrefix } from '../format/names.ts'
import { epochsOf, sealedObjects } from '../repository/epochs.ts'
import { listNamed } from '../repository/objects.ts'
import { finishRemovals, removedKeys } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'
import { type ErasePlan, digestOf } from './erase-plan.ts'

/**
 * What can be shown of erasures, now. It shows that the keys at hand, and the slots that there are, open nothing of what was erased. It
 * cannot show that nobody kept a copy of an old slot and knows its secret.
 */
export interface ErasureProof {
  readonly ok: boolean
  /** Epochs that the audit trail says were erased. */
  readonly epochs: readonly number[]
  readonly erasures: readonly Erasure[]
  /** Epochs that were to be erased, and whose keys are still in the ring. */
  readonly stillOpen: readonly number[]
  /** Slots that were to go with the keys, and are there: a provider was away, or somebody brought them back. */
  readonly slots: readonly string[]
  /** Objects that were sealed with these keys and are still stored; none of them opens, or it would be in `readable`. */
  readonly left: readonly string[]
  readonly readable: readonly string[]
  /** Whether the list of objects in the plan is the one that the audit trail vouches for; absent without a plan. */
  readonly isPlanTrue?: boolean
}

export interface Erasure {
  /** The entry of the audit trail. */
  readonly entry: string
  readonly time: Date
  readonly actor: string
  readonly reason: string | null
  readonly epochs: readonly number[]
  /** How many objects became unreadable, and SHA-256 over their sorted keys, a line feed between each. */
  readonly objects: number
  readonly digest: string
}

/** @param plan what was erased according to the one who erased it */
export async function proveErasure(repository: Repository, plan: Pick<ErasePlan, 'objects'> | undefined, now: Date, call: CallOptions): Promise<ErasureProof> {
  const { provider, ring } = repository
  const { entries } = await readTrail(repository, call)
  const records = entries.filter(({ action }) => action === 'erase')
  const erasures = records.map(({ id, time, actor, reason, details }): Erasure => ({
    entry: id,
    time,
    actor,
    reason,
    epochs: [details['epochs']].flat().map(Number),
    objects: Number(details['objects']),
    digest: String(details['digest']),
  }))
  const epochs = [...new Set(erasures.flatMap((erasure) => erasure.epochs))].sort((a, b) => a - b)
  const stillOpen = epochs.filter((epoch) => ring.epochs.some((kept) => kept.epoch === epoch))
  const removed = new Set(records.flatMap(({ details }) => removedSlots(details['slots'])))
  await finishRemovals(repository, { writer: await writerId(repository), now }, call)
  // What is written down as removed is not listed, and a provider that is away still has it.
  const unfinished = [...removedKeys(repository)]
  const found = [...(await listNamed(provider, slotPrefix, call)), ...unfinished.filter((key) => key.startsWith(slotPrefix))]
  const slots = [...new Set(found.map((key) => nameInKey(key)!))].filter((name) => removed.has(name))
  const keys = [...(await sealedObjects(repository, call)).keys()]
  const sealedWith = await epochsOf(repository, keys, call)
  const planned = new Set(plan?.objects)
  const away = new Set(unfinished.filter((key) => planned.has(key)))
  const left = [...away, ...keys.filter((key) => epochs.includes(sealedWith.get(key) ?? 0) && !away.has(key))]
  const readable: string[] = []
  for (const key of left) if (await opens(repository, key, call)) readable.push(key)
  const isPlanTrue = plan && erasures.some(({ digest }) => digest === digestOf(repository, plan.objects))
  const ok = erasures.length > 0 && stillOpen.length + slots.length + readable.length === 0 && isPlanTrue !== false
  return { ok, epochs, erasures, stillOpen, slots, left, readable, ...(isPlanTrue !== undefined && { isPlanTrue }) }
}

/** Whether there is a key for the object. */
async function opens({ provider, keyFor }: Repository, key: string, call: CallOptions): Promise<boolean> {
  try {
    const header = await provider.get(key, { ...call, range: { offset: 0, length: headerLength } })
    keyFor(decodeHeader(header), header)
    return true
  } catch (error) {
    if (BackupError.is(error, 'key', 'not-found', 'corrupt', 'range', 'unsupported')) return false
    throw error
  }
}

function removedSlots(slots: unknown): string[] {
  const removed = typeof slots === 'object' && slots !== null && 'removed' in slots ? slots.removed : []
  return Array.isArray(removed) ? removed.map(String) : []
}
