import type { RowPlanBody, RowPlanJson, RowRestoreJson } from '@backup/http/wire'
import type { BackupClient } from '../client.ts'
import { type FlowState, type PlannedFlow, createPlannedFlow } from './planned-flow.ts'

export type RowsState = FlowState<RowPlanBody, RowPlanJson, RowRestoreJson>

/** Single rows on their way back, for one dialogue. `undo` makes these rows what they were before, and leaves all others alone. */
export type RowsFlow = PlannedFlow<RowPlanBody, RowPlanJson, RowRestoreJson>

export function createRowsFlow(client: BackupClient): RowsFlow {
  return createPlannedFlow<RowPlanBody, RowPlanJson, RowRestoreJson>(client, {
    plan: (body) => client.call('POST /row-plans', { body }),
    begin: (body) => client.call('POST /row-restores', { body }),
    resultOf: ({ result }) => (result?.of === 'rows' ? result.rows : undefined),
    undo: ({ undo }) => undo,
  })
}
