import { BackupError } from '@backup/core'
import type { Graph } from './graph.ts'
import { itemFields, itemFrom, type Item } from './item.ts'
import { escaped, nameOf, pathOf } from './names.ts'
import type { Request } from './request.ts'

/**
 * The folder that objects lie in, and how they are addressed from it.
 *
 * It is looked up by name once and addressed by its id from then on. So it may be renamed or moved meanwhile;
 * and when it is gone, a put fails: with a path from the start, OneDrive would make all folders anew, and an
 * empty place would look like one that works.
 */
export interface Place {
  /** @throws `target-missing` */
  open(create: boolean, signal: AbortSignal | undefined): Promise<void>
  /** @throws `target-missing` when the folder is not there (any more) */
  check(request: Request): Promise<void>
  folder(request: Request): Promise<Item>
  /**
   * The address of an object, or of a folder of them: `/me/drive/items/ID:/packs/0a/x`, and what is done
   * there: `…/x:/content`.
   */
  address(key: string, request: Request, action?: string): Promise<string>
  /** The address of an item by its id. */
  item(id: string): string
  /** Makes the folders above an object, where OneDrive has not done so by itself. */
  makeFolders(key: string, request: Request): Promise<void>
}

export function folderPlace(graph: Graph): Place {
  const { drivePath, startPath, folder: names, location } = graph.settings
  let known: Item | undefined

  const item = (id: string): string => `${drivePath}/items/${encodeURIComponent(id)}`

  const find = async (path: string, request: Request): Promise<Item | undefined> => {
    const call = { ...request, method: 'GET', path: `${path}?$select=${itemFields}`, accept: [404] } as const
    const answer = await graph.send(call)
    return answer.status === 404 ? undefined : itemFrom(answer.json(), request)
  }

  const missing = (key: string): BackupError =>
    new BackupError('target-missing', `There is no folder ${names.join('/')} at ${location}.`, {
      plugin: 'onedrive',
      key,
      hint:
        'Check "account", "driveId" and "folder", or restore the folder from the recycle bin of OneDrive; ' +
        'it is never created anew by itself.',
    })

  const makeFolder = async (parent: Item, name: string, request: Request): Promise<Item> => {
    const path = `${item(parent.id)}/children`
    const json = { name, folder: {}, '@microsoft.graph.conflictBehavior': 'fail' }
    const answer = await graph.send({ ...request, method: 'POST', path, json, accept: [409] })
    if (answer.status !== 409) return itemFrom(answer.json(), request)
    // Somebody else was quicker, or has a file there.
    const present = await find(`${item(parent.id)}:/${escaped(name)}`, request)
    if (present?.isFolder) return present
    throw new BackupError('exists', `Cannot ${request.doing}: ${name} is there and no folder.`, {
      plugin: 'onedrive',
      key: request.key,
    })
  }

  const lookUp = async (request: Request): Promise<Item> => {
    const path = names.map(escaped).join('/')
    const found = await find(`${startPath}:/${path}`, request)
    if (!found?.isFolder) throw missing(request.key)
    return found
  }

  const folder = async (request: Request): Promise<Item> => (known ??= await lookUp(request))

  return {
    folder,
    item,

    async open(create, signal) {
      known = undefined
      const request = graph.network.begin({ doing: `open ${location}`, key: names.join('/'), signal })
      try {
        known = await lookUp(request)
      } catch (error) {
        if (!create || !BackupError.is(error, 'target-missing')) throw error
        const start = await find(startPath, request)
        if (!start) throw error
        let parent = start
        for (const name of names) parent = await makeFolder(parent, name, request)
        known = parent
      }
    },

    async check(request) {
      const { id } = await folder(request)
      if (await find(item(id), request)) return
      known = undefined
      throw missing(request.key)
    },

    async address(key, request, action) {
      const { id } = await folder(request)
      return `${item(id)}:/${pathOf(key)}${action === undefined ? '' : `:/${action}`}`
    },

    async makeFolders(key, request) {
      let parent = await folder(request)
      for (const part of key.split('/').slice(0, -1)) parent = await makeFolder(parent, nameOf(part), request)
    },
  }
}
