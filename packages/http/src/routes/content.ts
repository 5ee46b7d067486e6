import { type Backup, BackupError } from '@backup/core'
import { refuse } from '../problem/refusal.ts'
import type { ContentQuery } from '../wire/snapshots.ts'
import { findSnapshot } from './find-snapshot.ts'

/** What is asked for, its size, and how to read it. */
interface Content {
  readonly name: string
  readonly sizeBytes: number
  read(offset: number, length: number): AsyncIterable<Uint8Array>
}

/** @throws `invalid`; `range`; whatever reading throws before the first byte: after it the answer breaks off */
export async function contentAnswer(backup: Backup, wanted: string, query: ContentQuery, request: Request): Promise<Response> {
  const content = await contentOf(backup, wanted, query, request.signal)
  const range = rangeOf(request.headers.get('range'), content.sizeBytes)
  const { offset, length } = range ?? { offset: 0, length: content.sizeBytes }
  return new Response(await bodyOf(content.read(offset, length)), {
    status: range ? 206 : 200,
    headers: {
      'content-type': 'application/octet-stream',
      // What is in a backup is nobody's page.
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(content.name)}`,
      'x-content-type-options': 'nosniff',
      'content-length': String(length),
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-store, no-transform',
      ...(range && { 'content-range': `bytes ${offset}-${offset + length - 1}/${content.sizeBytes}` }),
    },
  })
}

async function contentOf(backup: Backup, wanted: string, { path, stream }: ContentQuery, signal: AbortSignal): Promise<Content> {
  if ((path === undefined) === (stream === undefined)) {
    throw refuse('invalid', 'Name a file with "path", or a stream with "stream".', { errors: [{ at: '#', message: 'Exactly one of the two.' }] })
  }
  const { id, streams } = findSnapshot(await backup.snapshots({ signal }), wanted)
  if (stream !== undefined) {
    const found = streams.find(({ name }) => name === stream)
    if (!found) throw new BackupError('not-found', `The snapshot has no stream "${stream}".`, { key: stream })
    return { name: stream, sizeBytes: found.sizeBytes, read: (offset, length) => backup.read(id, stream, { offset, length, signal }) }
  }
  for await (const entry of backup.entries(id, { folder: path!, signal })) {
    if (entry.type !== 'file') break
    const name = path!.split('/').findLast((part) => part !== '') ?? 'file'
    return { name, sizeBytes: entry.sizeBytes, read: (offset, length) => backup.readEntry(id, path!, { offset, length, signal }) }
  }
  throw new BackupError('config', `"${path}" is no file, and has no bytes of its own.`, { key: path!, hint: 'Name a file.' })
}

/** One range, as browsers and readers of databases ask for it; of several, and of other units, all is sent. RFC 9110, section 14. */
function rangeOf(header: string | null, sizeBytes: number): { readonly offset: number; readonly length: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const offset = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (offset < end) return { offset, length: end - offset }
  throw new BackupError('range', `It has ${sizeBytes} bytes, and not those that were asked for.`, { hint: 'Ask for what is there.' })
}

/** Begins to read at once, so that what is wrong is an answer of its own. */
async function bodyOf(bytes: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const pieces = bytes[Symbol.asyncIterator]()
  let next: IteratorResult<Uint8Array> | undefined = await pieces.next()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? (await pieces.next())
      next = undefined
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await pieces.return?.()),
  })
}
