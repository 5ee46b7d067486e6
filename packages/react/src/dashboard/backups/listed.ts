import type { SnapshotsQuery } from '@backup/client'

/**
 * The same for all parts of the dashboard, so that it is fetched once: a month of a backup every quarter of an hour. The client asks for
 * a thousand at a time, and only for as many as there are.
 */
export const listed: SnapshotsQuery = { limit: 3000 }
