import type { KeyProvider } from '../contract/key.ts'
import { copyEntries } from '../audit/copies.ts'
import { BackupError } from '../errors.ts'
import { commitKey, commitPrefix, packPrefix } from '../format/names.ts'
import { recordPrefix } from '../format/record.ts'
import { dropEpochs } from '../format/ring.ts'
import { type KeyChange, record, removeEverywhere, ringNow, sameRing } from './change.ts'
import { type ErasePlan, digestOf, planErasure } from './erase-plan.ts'
import { removedKeys } from '../repository/removals.ts'
import { checkSecrets, replaceAll } from './secrets.ts'

export interface EraseOptions {
  /** What opens the repository from now on, besides the new recovery code; every other secret stops working. */
  readonly secrets: readonly KeyProvider[]
  /** Ids of all snapshots that will be lost, as the plan names them: nobody loses one that he has not named. @default none */
  readonly accept?: readonly string[]
}

/** What was erased. */
export interface EraseReport {
  readonly epochs: readonly number[]
  readonly objects: number
  readonly bytes: number
  readonly lost: readonly string[]
  /** Opens the repository from now on. Shown once, stored nowhere. */
  readonly recoveryCode: string
}

/**
 * Destroys the keys of some epochs: new slots without them take the place of all others, which are removed everywhere. Then what cannot
 * be read any more is removed too. After an interruption the old secrets open or the new ones do; to plan and erase once more finishes it.
 *
 * @throws `config` when the plan is of another state of the repository, or a snapshot that will be lost is not named; `permanent` when
 * something stands against it, such as a legal hold
 */
export async function eraseEpochs(change: KeyChange, planned: Pick<ErasePlan, 'epochs' | 'digest'>, options: EraseOptions): Promise<EraseReport> {
  const { repository, now, call } = change
  const { secrets, accept = [] } = options
  checkSecrets(secrets, 'Erasure')
  if (!sameRing(await ringNow(change, secrets), repository.ring)) {
    throw new BackupError('busy', 'The keys were changed by somebody else in this moment.', { hint: 'Plan again.' })
  }
  const plan = await planErasure(repository, planned.epochs, now, call)
  if (plan.digest !== planned.digest) {
    throw new BackupError('config', 'The plan is of another state of the repository: other objects or snapshots would be lost now.', {
      key: 'plan',
      hint: 'Make a new plan, look at it, and give that.',
    })
  }
  checkAccepted(plan, accept)
  if (plan.refusals.length > 0) throw new BackupError('permanent', plan.refusals.join(' '), { key: 'plan', hint: 'Nothing was changed.' })

  const ring = dropEpochs(repository.ring, plan.epochs, now)
  const copies = await copyEntries(repository, plan.objects, now, call)
  const lost = plan.lost.map(({ id }) => id)
  const { epochs, bytes } = plan
  const { recoveryCode } = await replaceAll(change, ring, secrets, (slots) =>
    record(change, 'erase', lost, { epochs, objects: plan.objects.length, bytes, digest: digestOf(repository, plan.objects), slots, copies }),
  )
  await removeUnreadable(change, plan)
  return { epochs, objects: plan.objects.length, bytes, lost, recoveryCode }
}

function checkAccepted({ lost }: ErasePlan, accept: readonly string[]): void {
  const missing = lost.filter(({ id }) => !accept.includes(id))
  if (missing.length === 0) return
  const names = missing.slice(0, 3).map(({ id, time }) => `${id.slice(0, 12)}… of ${time.toISOString()}`)
  throw new BackupError('config', `${missing.length} snapshots would be lost that were not named: ${names.join(', ')}${missing.length > 3 ? ', …' : ''}.`, {
    key: 'accept',
    hint: 'Look at "lost" in the plan. To lose them for good, give their ids as "accept"; to keep one, restore it and back it up again.',
  })
}

/**
 * Nobody can read these objects any more, but they would be listed for ever. Commits go first: what names a pack goes before the pack.
 * Entries of the audit trail stay: their names are what holds the chain together.
 */
async function removeUnreadable(change: KeyChange, { objects, lost }: ErasePlan): Promise<void> {
  const own = new Set(objects)
  const commits = [...lost.map(({ id, time }) => commitKey(time, id)), ...objects.filter((key) => key.startsWith(commitPrefix))]
  const packs = objects.filter((key) => key.startsWith(packPrefix))
  const records = [...own].filter((key) => ![commitPrefix, packPrefix, recordPrefix('audit')].some((prefix) => key.startsWith(prefix)))
  // With them go records of what was removed before; what these say is said once more.
  const earlier = [...removedKeys(change.repository)].filter((key) => !own.has(key))
  for (const keys of [[...new Set(commits)], [...records, ...earlier], packs]) await removeEverywhere(change, keys)
}
