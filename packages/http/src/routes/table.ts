import { openApiDocument } from '../openapi/document.ts'
import type { RoutesNamed } from '../route/route.ts'
import { anything, recordOf } from '../schema/schema.ts'
import type { RouteName } from '../wire/routes.ts'
import { jobRoutes } from './jobs.ts'
import { lifecycleRoutes } from './lifecycle.ts'
import { providerRoutes } from './providers.ts'
import { recordRoutes } from './records.ts'
import { restoreRoutes } from './restores.ts'
import { retentionRoutes } from './retention.ts'
import { scheduleRoutes } from './schedule.ts'
import { snapshotRoutes } from './snapshots.ts'
import { stateRoutes } from './state.ts'
import { travelRoutes } from './travel.ts'

/** Everything the handler answers. Complete by type: what is in `Routes` is here. */
export const routeTable: RoutesNamed<RouteName> = {
  ...stateRoutes,
  ...snapshotRoutes,
  ...travelRoutes,
  ...lifecycleRoutes,
  ...jobRoutes,
  ...restoreRoutes,
  ...retentionRoutes,
  ...scheduleRoutes,
  ...providerRoutes,
  ...recordRoutes,
  'GET /openapi.json': {
    summary: 'This document',
    action: 'read',
    answer: { json: recordOf(anything()) },
    handle: async ({ settings }) => openApiDocument(routeTable, settings.basePath),
  },
}
