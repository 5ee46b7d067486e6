import { BackupError, type PutOptions } from '@backup/core'
import { firstExpected, type ExpectedRange } from './expected-ranges.ts'
import { fragmentBytes } from './fragment-size.ts'
import { isSignInFault } from './graph-error.ts'
import type { Graph } from './graph.ts'
import { itemFrom, type Item } from './item.ts'
import { jsonOf, type Answer, type Request } from './request.ts'

/** An upload under way: whoever has the address may write, so no token goes there. */
export interface UploadSession {
  readonly url: string
  /** Where it goes on. */
  readonly expected: ExpectedRange
  /** The server has told of it before, so it cannot be too new to be known. */
  readonly isKnown: boolean
}

/** The item when the last byte was taken; otherwise why there is none. */
export type UploadEnd = Item | 'taken' | 'gone' | 'unclear'

/** A server that takes no more bytes than before is not asked for ever. */
const mostStandstills = 3
/** A session that was just made may not be known everywhere yet: what rclone waits, too. */
const tooNewMs = 5_000
const goneStatuses = new Set([401, 404, 410])

/**
 * Sends what the server still wants, one part after the other.
 *
 * @throws `transient` after a broken connection: the session lives on, and the next put goes on with it;
 * `quota`, `throttled`, …
 */
export async function sendRest(
  graph: Graph,
  session: UploadSession,
  bytes: Buffer,
  request: Request,
  onProgress: PutOptions['onProgress'],
): Promise<UploadEnd> {
  const { timers, largestFragment } = graph.settings
  let { expected, isKnown } = session
  let size = largestFragment
  let standstills = 0

  for (;;) {
    const { first, last = bytes.length - 1 } = expected
    if (first >= bytes.length) return 'unclear'
    const end = Math.min(first + size, last + 1, bytes.length)
    const startedAt = timers.now()
    const answer = await putFragment(graph, session.url, bytes, first, end, request)
    if (answer.status === 200 || answer.status === 201) {
      onProgress?.(bytes.length)
      const json = jsonOf(answer)
      return json && 'id' in json ? itemFrom(json, request) : 'unclear'
    }
    if (answer.status === 409) return 'taken'
    if (isGone(answer)) {
      if (isKnown || answer.status !== 404) return 'gone'
      throw tooNew(request)
    }
    if (answer.status !== 202 && answer.status !== 416) throw graph.network.refuse(answer, request)
    isKnown = true
    // The whole part may be there, some of it, or more than was sent now.
    const next =
      (answer.status === 202 && firstExpected(jsonOf(answer))) ||
      (await expectedBy(graph, session.url, request))
    if (typeof next === 'string') return next
    standstills = next.first > first ? 0 : standstills + 1
    if (standstills >= mostStandstills) throw standstill(request)
    size = fragmentBytes(largestFragment, end - first, timers.now() - startedAt)
    expected = next
    onProgress?.(Math.min(expected.first, bytes.length))
  }
}

/** Asks a session where it goes on. */
export async function expectedBy(
  graph: Graph,
  url: string,
  request: Request,
): Promise<ExpectedRange | 'gone' | 'unclear'> {
  const headers = { accept: 'application/json', 'user-agent': graph.settings.userAgent }
  const answer = await graph.network.exchange(request, url, { method: 'GET', headers })
  if (isGone(answer)) return 'gone'
  if (answer.status !== 200) throw graph.network.refuse(answer, request)
  return firstExpected(jsonOf(answer)) ?? 'unclear'
}

/** Ends a session. One that cannot be ended ends by itself, in some days. */
export async function endSession(graph: Graph, url: string, request: Request): Promise<void> {
  const headers = { 'user-agent': graph.settings.userAgent }
  await graph.network.exchange(request, url, { method: 'DELETE', headers }).catch(() => {})
}

function putFragment(
  graph: Graph,
  url: string,
  bytes: Buffer,
  first: number,
  end: number,
  request: Request,
): Promise<Answer> {
  const headers = {
    'content-range': `bytes ${first}-${end - 1}/${bytes.length}`,
    'content-type': 'application/octet-stream',
    'user-agent': graph.settings.userAgent,
  }
  const body = bytes.subarray(first, end) as Buffer<ArrayBuffer>
  return graph.network.exchange(request, url, { method: 'PUT', headers, body, bytes: end - first })
}

function tooNew({ doing, key }: Request): BackupError {
  return new BackupError(
    'transient',
    `Cannot ${doing}: OneDrive does not know the upload yet that it has just begun.`,
    {
      plugin: 'onedrive',
      key,
      retryAfterMs: tooNewMs,
    },
  )
}

function standstill({ doing, key }: Request): BackupError {
  return new BackupError('transient', `Cannot ${doing}: OneDrive takes no more bytes of it.`, {
    plugin: 'onedrive',
    key,
  })
}

/**
 * Is this session at its end? A fault of the sign-in service says 401 as well, and nothing of the session.
 */
function isGone(answer: Answer): boolean {
  return goneStatuses.has(answer.status) && !isSignInFault(answer)
}
