import { checkKey, checkPrefix, type BackupProvider, type ProviderCapabilities } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { network } from './exchange.ts'
import { readObject } from './get.ts'
import { graph as graphOf } from './graph.ts'
import { infoOf } from './item.ts'
import { listObjects } from './list.ts'
import { uploadNotes } from './notes.ts'
import type { Settings } from './options.ts'
import { folderPlace } from './place.ts'
import { storeObject } from './put.ts'
import { removeObject } from './remove.ts'
import { findObject } from './stat.ts'
import { storeIn } from './store.ts'
import { turns } from './turns.ts'
import { driveUsage } from './usage.ts'

const capabilities: Partial<ProviderCapabilities> = {
  // One stream carries 2 to 3 MB/s and the parts of an upload go one after the other, so objects go side by
  // side.
  concurrency: 4,
  // A read is two requests on two hosts, some 0.4 s before the first byte: in that time a megabyte would have
  // come.
  coalesceBytes: 1024 * 1024,
  // Microsoft promises nothing about the children of a folder. They show at once but for rare seconds on
  // Business, and it is waited for only where something seems not to be there: once when a repository is
  // made, and before something counts as lost.
  listLagMs: 10_000,
}

/** Puts the pieces together. */
export function providerFor(settings: Settings): BackupProvider {
  const graph = graphOf(settings, network(settings))
  const place = folderPlace(graph)
  const notes = uploadNotes()
  const store = storeIn(graph, place, notes)
  const inTurn = turns()

  return {
    contract: 1,
    name: 'onedrive',
    location: settings.location,
    capabilities,
    runtime: nodeRuntime,

    async open({ create = false, journal, signal }) {
      notes.useJournal(journal)
      await place.open(create, signal)
      await notes.prune(Date.now())
    },

    async put(key, body, putOptions = {}) {
      checkKey(key, 'onedrive')
      // Two puts of one object would send parts of one session past each other.
      await inTurn(key, putOptions.signal, () => storeObject(store, key, body, putOptions))
    },

    async get(key, getOptions = {}) {
      checkKey(key, 'onedrive')
      return readObject(graph, place, key, getOptions)
    },

    async stat(key, { signal } = {}) {
      checkKey(key, 'onedrive')
      const request = graph.network.begin({ doing: `look at ${key}`, key, signal })
      const found = await findObject(graph, place, request)
      // The answer to its last part was lost, and nobody will go on with it.
      if (found) await notes.settle(key)
      return found && !found.isFolder ? infoOf(found) : undefined
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, 'onedrive')
      yield* listObjects(graph, place, prefix, signal)
    },

    async delete(key, { signal } = {}) {
      checkKey(key, 'onedrive')
      await removeObject(graph, place, graph.network.begin({ doing: `delete ${key}`, key, signal }))
    },

    usage: ({ signal } = {}) => driveUsage(graph, signal),
  }
}
