import type { Graph } from './graph.ts'
import { itemFields, itemFrom, type Item } from './item.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'

/**
 * What is known of an object; nothing when there is none. @throws `target-missing` when the whole folder is
 * gone
 */
export async function findObject(graph: Graph, place: Place, request: Request): Promise<Item | undefined> {
  const found = await glanceAt(graph, place, request)
  if (!found) await place.check(request)
  return found
}

/** The same, for whoever is told of a folder that is gone by what comes next. */
export async function glanceAt(graph: Graph, place: Place, request: Request): Promise<Item | undefined> {
  const path = `${await place.address(request.key, request)}?$select=${itemFields}`
  const answer = await graph.send({ ...request, method: 'GET', path, accept: [404] })
  return answer.status === 404 ? undefined : itemFrom(answer.json(), request)
}
