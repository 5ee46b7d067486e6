import type { Server } from 'node:http'
import type { Send } from '../api.ts'

/** A framework that runs the handler it is given. */
export interface Host {
  readonly send: Send
  close(): Promise<void>
}

export type StartHost = (handler: (request: Request) => Promise<Response>) => Promise<Host>

/** On a machine that stands still for seconds, a server must not close what a client is about to use again. */
export function patient<Patient extends Server>(server: Patient): Patient {
  return Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 })
}

/** Requests of tests, to a server. */
export function sendTo(port: number): Send {
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
}
