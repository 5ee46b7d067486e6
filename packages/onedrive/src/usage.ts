import type { Usage } from '@backup/core'
import type { Graph, Json } from './graph.ts'

/** The quota of the drive; nothing of it where the drive does not tell. */
export async function driveUsage(graph: Graph, signal: AbortSignal | undefined): Promise<Usage> {
  const { drivePath, location, isAppFolder } = graph.settings
  const request = graph.network.begin({ doing: `ask ${location} for its quota`, key: location, signal })
  const path = `${drivePath}?$select=id,driveType,quota`
  // Whoever may only see the folder of the application may not see the drive around it.
  const answer = await graph.send({ ...request, method: 'GET', path, accept: isAppFolder ? [403] : [] })
  if (answer.status === 403) return {}
  const quota = (answer.json()['quota'] ?? {}) as Json
  const [used, left, total] = ['used', 'remaining', 'total'].map((field) => bytesOf(quota[field]))
  return {
    ...(used !== undefined && { usedBytes: used }),
    // A drive that is over its quota takes nothing, whatever it says is left.
    ...(left !== undefined && { freeBytes: quota['state'] === 'exceeded' ? 0 : left }),
    ...(total !== undefined && total > 0 && { totalBytes: total }),
  }
}

function bytesOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}
