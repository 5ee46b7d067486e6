import type { SnapshotsQuery } from '@backup/client'

/** The same for all parts of the dashboard, so that it is fetched once. */
export const listed: SnapshotsQuery = { limit: 1000 }
