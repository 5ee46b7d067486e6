/** The two parts of a `multipart/related` body (RFC 2387): metadata, and the bytes of the file. */
export interface Related {
  readonly metadata: Record<string, unknown>
  readonly bytes: Buffer
}

/** @returns `undefined` for a body that is none */
export function parseRelated(contentType: string, body: Buffer): Related | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^;]+))/.exec(contentType)?.slice(1).find(Boolean)
  if (!contentType.startsWith('multipart/related') || boundary === undefined) return undefined
  const mark = Buffer.from(`--${boundary}`)
  const starts: number[] = []
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) starts.push(at)
  const [first, second, end] = starts
  if (first === undefined || second === undefined || end === undefined) return undefined
  const metadata = contentOf(body.subarray(first + mark.length, second))
  const bytes = contentOf(body.subarray(second + mark.length, end))
  if (!metadata || !bytes) return undefined
  try {
    return { metadata: JSON.parse(metadata.toString()) as Record<string, unknown>, bytes }
  } catch {
    return undefined
  }
}

/** What comes after the empty line that ends the headers, without the line break before the next boundary. */
function contentOf(part: Buffer): Buffer | undefined {
  const at = part.indexOf('\r\n\r\n')
  return at < 0 ? undefined : part.subarray(at + 4, part.length - 2)
}
