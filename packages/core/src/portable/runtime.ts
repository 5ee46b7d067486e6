import type { Runtime, StateStore } from '../contract/runtime.ts'
import { portableCodecs } from '../codec/table.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { inlineLanes } from '../lane/inline-lanes.ts'

/**
 * Plain JavaScript and WebCrypto: browsers, webviews, workers, and everything else. Works in the caller's thread, in small steps. Local
 * state lives as long as the page.
 */
export const portableRuntime: Runtime = {
  name: 'portable',
  crypto: portableCrypto,
  codecs: portableCodecs,
  lanes: 0,
  openLanes: async (setup) => inlineLanes({ crypto: portableCrypto, codecs: portableCodecs }, setup),
  openState: async (repository, directory = '') => memoryState(`${directory}/${repository}`),
}

const states = new Map<string, StateStore>()

/** One state for each repository and directory, shared by all that open it in this page. */
function memoryState(place: string): StateStore {
  const found = states.get(place) ?? createMemoryState()
  states.set(place, found)
  return found
}

/** Local state that is gone when the program ends. */
export function createMemoryState(): StateStore {
  const items = new Map<string, Uint8Array>()
  return {
    read: async (name) => items.get(name)?.slice(),
    write: async (name, bytes) => void items.set(name, bytes.slice()),
    async create(name, bytes) {
      if (items.has(name)) return false
      items.set(name, bytes.slice())
      return true
    },
    remove: async (name) => void items.delete(name),
    list: async () => [...items.keys()],
  }
}
