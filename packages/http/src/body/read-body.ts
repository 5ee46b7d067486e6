import { refuse } from '../problem/refusal.ts'

/**
 * The JSON in a body; an empty object when there is none.
 *
 * @throws `too-large`, `media-type`, `malformed`
 */
export async function readBody(request: Request, maxBytes: number): Promise<unknown> {
  // Before anything is read: whoever announces too much is not waited for.
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const bytes = await readBytes(request, maxBytes)
  if (bytes.length === 0) return {}
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && !type.endsWith('+json')) throw refuse('media-type', `The body is ${type === '' ? 'of no type' : type}.`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw refuse('malformed', 'The body is not JSON.')
  }
}

async function readBytes({ body }: Request, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  const reader = body?.getReader()
  for (;;) {
    const piece = await reader?.read()
    if (!piece || piece.done) break
    length += piece.value.length
    if (length > maxBytes) {
      await reader?.cancel().catch(() => {})
      throw tooLarge(maxBytes)
    }
    pieces.push(piece.value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

function tooLarge(maxBytes: number): Error {
  return refuse('too-large', `The body is larger than ${maxBytes} bytes.`)
}
