import { nonsense } from './graph-error.ts'
import type { Graph } from './graph.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'

/** Into the recycle bin, where OneDrive keeps it for a month or three. */
export async function removeObject(graph: Graph, place: Place, request: Request): Promise<void> {
  const path = await place.address(request.key, request)
  const { status } = await graph.send({ ...request, method: 'DELETE', path, accept: [404] })
  if (status !== 204 && status !== 404) throw nonsense(request)
  // The answer is the same when the whole folder is gone.
  if (status === 404) await place.check(request)
}
