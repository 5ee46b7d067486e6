import type { Graph } from './graph.ts'
import { itemFields, itemFrom, type Item } from './item.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'

/** What is known of an object; nothing when there is none. @throws `target-missing` when the whole folder is gone */
export async function findObject(graph: Graph, place: Place, request: Request): Promise<Item | undefined> {
  const path = `${await place.address(request.key, request)}?$select=${itemFields}`
  const answer = await graph.send({ ...request, method: 'GET', path, accept: [404] })
  if (answer.status !== 404) return itemFrom(answer.json(), request)
  await place.check(request)
  return undefined
}
