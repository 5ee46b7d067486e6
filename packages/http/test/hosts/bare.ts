import type { StartHost } from './host.ts'

/** No framework at all: a client may call the handler itself. */
export const startBare: StartHost = async (handler) => ({
  send: (path, init) => handler(new Request(`http://127.0.0.1${path}`, init)),
  close: async () => {},
})
