import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import type { Services } from '../route/services.ts'
import * as schemas from '../schema/snapshots.ts'
import type { SnapshotJson } from '../wire/snapshots.ts'
import { describedSnapshots, findSnapshot } from './find-snapshot.ts'

/** What is kept whatever happens, what goes, and how it comes back. */
export const lifecycleRoutes: RoutesNamed<
  'GET /holds' | 'POST /holds' | 'POST /holds/:hold/release' | 'POST /removal-plans' | 'POST /removals' | 'GET /trash' | 'POST /trash/undelete'
> = {
  'GET /holds': {
    summary: 'Holds in force: what they are about is removed by nothing and nobody',
    action: 'read',
    answer: { json: schemas.holdList },
    handle: async ({ backup }, { request }) => ({ holds: asJson(await backup.holds({ signal: request.signal })) }),
  },
  'POST /holds': {
    summary: 'Put snapshots under hold',
    action: 'configure',
    body: schemas.holdBody,
    answer: { json: schemas.hold },
    status: 201,
    async handle(services, { body: { snapshots, reason, until }, caller: { actor } }) {
      const hold = await services.backup.hold(snapshots, { actor, reason, ...(until !== undefined && { until: new Date(until) }) })
      changed(services, 'holds', hold.snapshots)
      return asJson(hold)
    },
  },
  'POST /holds/:hold/release': {
    summary: 'End a hold',
    action: 'delete',
    body: schemas.reasonBody,
    answer: { json: schemas.hold },
    async handle(services, { params, body: { reason }, caller: { actor } }) {
      const hold = await services.backup.release(params['hold']!, { actor, reason })
      changed(services, 'holds', hold.snapshots)
      return asJson(hold)
    },
  },
  'POST /removal-plans': {
    summary: 'What removing snapshots would do',
    action: 'delete',
    body: schemas.removalPlanBody,
    answer: { json: schemas.removalPlan },
    status: 201,
    async handle(services, { request, body, caller: { actor } }) {
      const all = await describedSnapshots(services, request.signal)
      const snapshots = [...new Set(body.snapshots.map((wanted) => findSnapshot(all, wanted)))]
      const plan = { snapshots: snapshots.map(({ id }) => id) }
      return {
        snapshots,
        undoMs: services.backup.settings.collection.undoMs,
        warnings: warningsOf(snapshots, all),
        confirm: services.confirmations.issue('removal', actor, plan),
      }
    },
  },
  'POST /removals': {
    summary: 'Move planned snapshots into the trash',
    action: 'delete',
    body: schemas.confirmedBody,
    answer: { json: schemas.removal },
    problems: ['confirm-stale', 'confirm-used'],
    async handle(services, { body: { token, reason }, caller: { actor } }) {
      return services.confirmations.carryOut('removal', actor, token, async ({ snapshots }) => {
        const { until } = await services.backup.remove(snapshots, { actor, reason })
        changed(services, 'trash', snapshots)
        return { snapshots, until: until.toISOString() }
      })
    },
  },
  'GET /trash': {
    summary: 'Removed snapshots that can be brought back, oldest first',
    action: 'read',
    answer: { json: schemas.trash },
    handle: async ({ backup }, { request }) => ({ snapshots: asJson(await backup.trash({ signal: request.signal })) }),
  },
  'POST /trash/undelete': {
    summary: 'Bring removed snapshots back',
    action: 'delete',
    body: schemas.undeleteBody,
    answer: { json: schemas.undeleted },
    async handle(services, { request, body, caller: { actor } }) {
      const trashed = await services.backup.trash({ signal: request.signal })
      const snapshots = [...new Set(body.snapshots.map((wanted) => findSnapshot(trashed, wanted).id))]
      await services.backup.undelete(snapshots, { actor, reason: body.reason })
      changed(services, 'trash', snapshots)
      return { snapshots }
    },
  },
}

function changed({ hub }: Services, what: 'holds' | 'trash', ids: readonly string[]): void {
  hub.publish({ type: 'changed', what })
  hub.publish({ type: 'changed', what: 'snapshots', ids })
  hub.publish({ type: 'changed', what: 'audit' })
}

function warningsOf(snapshots: readonly SnapshotJson[], all: readonly SnapshotJson[]): readonly string[] {
  const held = snapshots.filter(({ holds }) => holds.length > 0).length
  const isNewest = snapshots.some(({ id }) => id === all.at(-1)?.id)
  return [
    ...(held > 0 ? [`${held === 1 ? 'One is' : `${held} are`} under hold, and will not be removed.`] : []),
    ...(isNewest ? ['The newest snapshot is among them.'] : []),
    ...(snapshots.length === all.length ? ['Nothing else is left.'] : []),
  ]
}
