import { BackupError, type ByteRange, type GetOptions } from '@backup/core'
import { codesOf, nonsense } from './graph-error.ts'
import type { Reading } from './exchange.ts'
import type { Graph } from './graph.ts'
import type { Place } from './place.ts'
import { lengthOf } from './read-body.ts'
import type { Answer, Request } from './request.ts'
import { findObject } from './stat.ts'

/** Objects have no more than 64 MiB; whatever is longer is none of them. */
const largestObject = 64 * 1024 * 1024
const largestRefusal = 1024 * 1024

/** Reads an object, or exactly the range. @throws `not-found`, `range` */
export async function readObject(
  graph: Graph,
  place: Place,
  key: string,
  { range, signal }: GetOptions,
): Promise<Uint8Array> {
  const request = { doing: `read ${key}`, key, signal }
  if (range && !isRange(range)) throw outside(key, range)
  if (range?.length === 0) return readNothing(graph, place, range, request)
  let answer = await download(graph, place, range, request)
  // The address is good for a short time. A second one is asked for, once, unless a reason was given.
  if (hasExpired(answer)) answer = await download(graph, place, range, request)

  if (answer.status === 416 && range) throw outside(key, range)
  if (answer.status === 404) {
    await place.check(request)
    throw notFound(graph, key)
  }
  if (answer.status !== (range ? 206 : 200)) throw graph.network.refuse(answer, request)
  if (!range && lengthOf(answer) === undefined) await confirmLength(graph, place, answer.body, request)
  return answer.body
}

/** OneDrive has no range without bytes; whether the object reaches that far has to be asked all the same. */
async function readNothing(graph: Graph, place: Place, range: ByteRange, request: Request): Promise<Uint8Array> {
  const found = await findObject(graph, place, request)
  if (!found || found.isFolder) throw notFound(graph, request.key)
  if (range.offset > found.size) throw outside(request.key, range, found.size)
  return new Uint8Array(0)
}

/** Asks for the address of the content, and fetches it from there, without a token. */
async function download(
  graph: Graph,
  place: Place,
  range: ByteRange | undefined,
  request: Request,
): Promise<Answer> {
  const headers = {
    // Of a compressed answer nobody knows how long it has to be.
    'accept-encoding': 'identity',
    ...(range && { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
  }
  const reading: Reading = {
    largestBytes: Math.max(largestRefusal, range?.length ?? largestObject),
    check: (status, answered) => {
      if (range && (status === 200 || status === 206)) checkRange(request.key, range, status, answered)
    },
  }
  const path = await place.address(request.key, request, 'content')
  const first = await graph.send({ ...request, method: 'GET', path, headers, accept: [302, 404, 416], reading })
  if (first.status !== 302) return first
  const { userAgent } = graph.settings
  const sending = { method: 'GET', headers: { ...headers, 'user-agent': userAgent } }
  return graph.network.exchange(request, targetOf(first, request), sending, reading)
}

/** @throws `transient` without telling the address: whoever has it can read the object */
function targetOf({ headers }: Answer, request: Request): string {
  const location = headers.get('location') ?? ''
  if (!URL.canParse(location) || new URL(location).protocol !== 'https:') throw nonsense(request)
  return location
}

function hasExpired(answer: Answer): boolean {
  const { status } = answer
  if (status === 401 || status === 410) return true
  // What is refused for a reason (malware, a locked account) is not asked for again.
  return status === 403 && codesOf(answer).length === 0
}

/** A server that cuts the range short says so; one that passes over it sends the whole object. */
function checkRange(key: string, range: ByteRange, status: number, headers: Headers): void {
  const { first, last, size } =
    /^bytes (?<first>\d+)-(?<last>\d+)\/(?<size>\d+|\*)$/.exec(headers.get('content-range') ?? '')?.groups ?? {}
  if (status === 206 && Number(first) === range.offset) {
    if (Number(last) === range.offset + range.length - 1 && isWhole(headers, range)) return
    if (Number(size) < range.offset + range.length) throw outside(key, range, Number(size))
  }
  throw new BackupError(
    'permanent',
    `The server sent something else than the bytes of ${key} that were asked for.`,
    { plugin: 'onedrive', key, hint: 'Look for a proxy between this machine and OneDrive that does not understand ranges.' },
  )
}

function isWhole(headers: Headers, { length }: ByteRange): boolean {
  return (lengthOf({ headers, status: 206 }) ?? length) === length
}

/** Without a length nobody knows whether all of it has come. */
async function confirmLength(graph: Graph, place: Place, body: Uint8Array, request: Request): Promise<void> {
  const found = await findObject(graph, place, request)
  if (found?.size === body.length) return
  const message = `The answer for ${request.key} has ${body.length} bytes instead of ${found?.size ?? 'none'}.`
  throw new BackupError('transient', message, { plugin: 'onedrive', key: request.key })
}

function isRange({ offset, length }: ByteRange): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
}

function notFound({ settings }: Graph, key: string): BackupError {
  return new BackupError('not-found', `There is no object ${key} in ${settings.location}.`, {
    plugin: 'onedrive',
    key,
  })
}

function outside(key: string, { offset, length }: ByteRange, size?: number): BackupError {
  const has = size === undefined ? 'the object does not reach that far' : `it has ${size} bytes`
  return new BackupError('range', `Cannot read ${length} bytes of ${key} from ${offset}: ${has}.`, {
    plugin: 'onedrive',
    key,
  })
}
