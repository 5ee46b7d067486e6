import { nameOf } from './names.ts'
import type { Graph, GraphAnswer } from './graph.ts'
import type { Item } from './item.ts'
import type { UploadNotes } from './notes.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'
import { glanceAt } from './stat.ts'

/** What a put works with. */
export interface Store {
  readonly graph: Graph
  readonly place: Place
  readonly notes: UploadNotes
  /** The object that has this name now; a folder that is gone is told by the put itself. */
  find(request: Request): Promise<Item | undefined>
  /** The name of the object in its folder. */
  nameOf(key: string): string
  /**
   * Sends what makes a new file, with 404 as an answer. OneDrive makes the folders above it by itself; where
   * it does not, they are made here, and it is sent once more.
   *
   * @throws `target-missing`
   */
  inFolders(request: Request, send: () => Promise<GraphAnswer>): Promise<GraphAnswer>
}

export function storeIn(graph: Graph, place: Place, notes: UploadNotes): Store {
  return {
    graph,
    place,
    notes,
    find: (request) => glanceAt(graph, place, request),
    nameOf: (key) => nameOf(key.slice(key.lastIndexOf('/') + 1)),

    async inFolders(request, send) {
      const answer = await send()
      if (answer.status !== 404) return answer
      await place.check(request)
      await place.makeFolders(request.key, request)
      const again = await send()
      if (again.status === 404) throw graph.network.refuse(again, request)
      return again
    },
  }
}
