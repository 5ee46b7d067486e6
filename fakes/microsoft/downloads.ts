import { randomBytes } from 'node:crypto'
import type { Answer, Incoming } from '../wire/index.ts'
import { graphError, noToken, notFound } from './graph-answer.ts'
import type { Item, Items } from './items.ts'

/** Addresses that let anybody read one file for a while. */
export interface Downloads {
  /** How long an address is good for. [1 hour] */
  lifeMs: number
  /** Ids of files that the service takes for malware. */
  readonly malware: Set<string>
  /** rclone 1.60 sends its token along, which the service lets pass. */
  lenientDownloadAuth: boolean
  leaks(): number
  address(item: Item, origin: string): string
  serve(token: string, request: Incoming): Answer
}

export function downloads(items: Items, now: () => number): Downloads {
  const given = new Map<string, { readonly id: string; readonly until: number }>()
  let leaks = 0
  const self: Downloads = {
    lifeMs: 60 * 60 * 1000,
    malware: new Set(),
    lenientDownloadAuth: false,
    leaks: () => leaks,

    address(item, origin) {
      const token = randomBytes(24).toString('base64url')
      given.set(token, { id: item.id, until: now() + self.lifeMs })
      return `${origin}/download/${token}?tempauth=${token}`
    },

    serve(token, request) {
      if (request.headers.has('authorization')) {
        leaks++
        if (!self.lenientDownloadAuth) return noToken()
      }
      const pass = given.get(token)
      if (!pass || now() >= pass.until) return graphError(401, 'unauthenticated')
      const item = items.byId(pass.id)
      if (!item || item.children) return notFound()
      if (self.malware.has(item.id)) return graphError(403, 'malwareDetected')
      return content(item.content, request.headers.get('range'))
    },
  }
  return self
}

/** Whole, or the range that was asked for, as far as there are bytes. */
function content(bytes: Buffer, header: string | null): Answer {
  const range = /^bytes=(\d+)-(\d*)$/.exec(header ?? '')
  const type = { 'content-type': 'application/octet-stream' }
  if (!range) return { status: 200, headers: type, body: bytes }
  const first = Number(range[1])
  const last = Math.min(range[2] === '' ? Infinity : Number(range[2]), bytes.length - 1)
  if (first > last) {
    const answer = graphError(416, 'invalidRange')
    return { ...answer, headers: { 'content-range': `bytes */${bytes.length}` } }
  }
  return {
    status: 206,
    headers: { ...type, 'content-range': `bytes ${first}-${last}/${bytes.length}` },
    body: bytes.subarray(first, last + 1),
  }
}
