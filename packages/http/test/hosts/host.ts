import type { Send } from '../api.ts'

/** A framework that runs the handler it is given. */
export interface Host {
  readonly send: Send
  close(): Promise<void>
}

export type StartHost = (handler: (request: Request) => Promise<Response>) => Promise<Host>

/** Requests of tests, to a server. */
export function sendTo(port: number): Send {
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
}
