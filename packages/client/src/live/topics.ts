import type { RouteName, Topic } from '@backup/http/wire'

/** What has to be fetched again when something is not as it was. */
const routesOf: Readonly<Record<Topic, readonly RouteName[]>> = {
  accounts: ['GET /providers', 'GET /accounts/:account'],
  audit: ['GET /audit'],
  drills: ['GET /drills'],
  health: ['GET /health', 'GET /status'],
  holds: ['GET /holds'],
  providers: ['GET /providers', 'GET /status'],
  schedule: ['GET /schedule', 'GET /status'],
  settings: ['GET /configuration'],
  setup: ['GET /setup', 'GET /health', 'GET /status', 'GET /snapshots'],
  snapshots: ['GET /snapshots', 'GET /snapshots/:snapshot', 'POST /retention/preview'],
  trash: ['GET /trash'],
}

export function isChangedBy(name: RouteName, topic: Topic): boolean {
  return routesOf[topic]?.includes(name) ?? false
}

/** These change by time alone, and nobody tells. */
export const aging: readonly RouteName[] = ['GET /health', 'GET /status', 'GET /providers', 'GET /schedule']
