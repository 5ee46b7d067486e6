import { BackupError, type ByteRange, type GetOptions } from '@backup/core'
import type { Reading } from './exchange.ts'
import { codesOf, nonsense } from './graph-error.ts'
import type { Graph } from './graph.ts'
import { itemFields, itemFrom, type Item } from './item.ts'
import type { Place } from './place.ts'
import { quickXorHashOf } from './quick-xor-hash.ts'
import { checkRange, cutShort, outside, wantedRange } from './range.ts'
import type { Answer, Request } from './request.ts'
import { findObject } from './stat.ts'

/** Objects have no more than 64 MiB; whatever is longer is none of them. */
const largestObject = 64 * 1024 * 1024
const largestRefusal = 1024 * 1024
/** Of a compressed answer nobody knows how long it has to be. With a range, `fetch` adds it. */
const asItIs = { 'accept-encoding': 'identity' }
const addressField = '@microsoft.graph.downloadUrl'

/** Reads an object, or exactly the range. @throws `not-found`, `range`, `corrupt` */
export async function readObject(
  graph: Graph,
  place: Place,
  key: string,
  { range, signal }: GetOptions,
): Promise<Uint8Array> {
  const request = graph.network.begin({ doing: `read ${key}`, key, signal })
  const wanted = range && wantedRange(key, range)
  if (!wanted) return readWhole(graph, place, request)
  return wanted.length === 0
    ? readNothing(graph, place, wanted, request)
    : readRange(graph, place, wanted, request)
}

/** Size and hash come with the address, so what comes from there is compared with them. */
async function readWhole(graph: Graph, place: Place, request: Request): Promise<Uint8Array> {
  for (let again = false; ; again = true) {
    const path = `${await place.address(request.key, request)}?$select=${itemFields},${addressField}`
    const found = await graph.send({ ...request, method: 'GET', path, accept: [404] })
    if (found.status === 404) throw await missing(graph, place, request)
    const json = found.json()
    const item = itemFrom(json, request)
    if (item.isFolder) throw notFound(graph, request.key)
    const given = json[addressField]
    const address =
      given === undefined ? await redirected(graph, place, request) : checkAddress(given, request)
    if (!address) throw await missing(graph, place, request)

    const answer = await download(graph, address, asItIs, { largestBytes: largestObject }, request)
    if (hasExpired(answer) && !again) continue
    if (answer.status === 404) throw await missing(graph, place, request)
    if (answer.status !== 200) throw graph.network.refuse(answer, request)
    checkContent(item, answer.body, request)
    return answer.body
  }
}

async function readRange(
  graph: Graph,
  place: Place,
  range: ByteRange,
  request: Request,
): Promise<Uint8Array> {
  const headers = { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
  const reading: Reading = {
    largestBytes: Math.max(largestRefusal, range.length),
    check: (status, answered) => {
      if (status === 200 || status === 206) checkRange(request.key, range, status, answered)
    },
  }
  for (let again = false; ; again = true) {
    const address = await redirected(graph, place, request)
    if (!address) throw await missing(graph, place, request)
    const answer = await download(graph, address, headers, reading, request)
    if (hasExpired(answer) && !again) continue
    if (answer.status === 404) throw await missing(graph, place, request)
    if (answer.status === 416) throw outside(request.key, range)
    if (answer.status !== 206) throw graph.network.refuse(answer, request)
    if (answer.body.length !== range.length) throw cutShort(request.key, range, answer.body.length)
    return answer.body
  }
}

/** OneDrive has no range without bytes; whether the object reaches that far has to be asked all the same. */
async function readNothing(
  graph: Graph,
  place: Place,
  range: ByteRange,
  request: Request,
): Promise<Uint8Array> {
  const found = await findObject(graph, place, request)
  if (!found || found.isFolder) throw notFound(graph, request.key)
  if (range.offset > found.size) throw outside(request.key, range, found.size)
  return new Uint8Array(0)
}

/** Where the content is to be had; nothing when there is no such object. */
async function redirected(graph: Graph, place: Place, request: Request): Promise<string | undefined> {
  const path = await place.address(request.key, request, 'content')
  const answer = await graph.send({ ...request, method: 'GET', path, accept: [302, 404] })
  if (answer.status === 404) return undefined
  if (answer.status !== 302) throw nonsense(request)
  return checkAddress(answer.headers.get('location'), request)
}

/** @throws `transient` without telling the address: whoever has it can read the object */
function checkAddress(address: unknown, request: Request): string {
  const isSafe =
    typeof address === 'string' && URL.canParse(address) && new URL(address).protocol === 'https:'
  if (!isSafe) throw nonsense(request)
  return address
}

/** From another host, and without a token. */
function download(
  graph: Graph,
  address: string,
  headers: Readonly<Record<string, string>>,
  reading: Reading,
  request: Request,
): Promise<Answer> {
  const { userAgent } = graph.settings
  const all = { ...headers, 'user-agent': userAgent }
  return graph.network.exchange(request, address, { method: 'GET', headers: all }, reading)
}

/**
 * An address is good for a short time, so one more is asked for; not where a reason was given, such as
 * malware.
 */
function hasExpired(answer: Answer): boolean {
  const { status } = answer
  return status === 401 || status === 410 || (status === 403 && codesOf(answer).length === 0)
}

function checkContent({ size, quickXorHash }: Item, body: Uint8Array, { key }: Request): void {
  if (body.length !== size) {
    const message = `The answer for ${key} has ${body.length} bytes instead of ${size}.`
    throw new BackupError('transient', message, { plugin: 'onedrive', key })
  }
  if (quickXorHash === undefined || quickXorHashOf(body) === quickXorHash) return
  throw new BackupError('corrupt', `OneDrive sent other bytes for ${key} than it has computed the hash of.`, {
    plugin: 'onedrive',
    key,
  })
}

async function missing(graph: Graph, place: Place, request: Request): Promise<BackupError> {
  await place.check(request)
  return notFound(graph, request.key)
}

function notFound({ settings }: Graph, key: string): BackupError {
  return new BackupError('not-found', `There is no object ${key} in ${settings.location}.`, {
    plugin: 'onedrive',
    key,
  })
}
