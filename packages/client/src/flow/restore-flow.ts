import type { RestorePlanBody, RestorePlanJson, RestoreResultJson } from '@backup/http/wire'
import type { BackupClient } from '../client.ts'
import { type FlowState, type PlannedFlow, createPlannedFlow } from './planned-flow.ts'

export type RestoreState = FlowState<RestorePlanBody, RestorePlanJson, RestoreResultJson>

/** A restore in steps, for one dialogue. `result.undo` names the snapshot that brings back what was there before. */
export type RestoreFlow = PlannedFlow<RestorePlanBody, RestorePlanJson, RestoreResultJson>

export function createRestoreFlow(client: BackupClient): RestoreFlow {
  return createPlannedFlow<RestorePlanBody, RestorePlanJson, RestoreResultJson>(client, {
    plan: (body) => client.call('POST /restore-plans', { body }),
    begin: (body) => client.call('POST /restores', { body }),
    resultOf: ({ result }) => (result?.of === 'restore' ? result.restore : undefined),
    undo: ({ undo }) => undo && { snapshot: undo.snapshot },
  })
}
