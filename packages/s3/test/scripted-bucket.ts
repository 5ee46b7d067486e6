import { createHash } from 'node:crypto'
import { refusal, type Answer, type Arrived } from './scripted-server.ts'

/** As much of a bucket as uploads in parts need, for `scriptedServer`. */
export interface ScriptedBucket {
  (request: Arrived): Answer
  readonly objects: Map<string, Buffer>
  /** By upload id. */
  readonly uploads: Map<string, { readonly key: string; readonly parts: Map<number, Buffer> }>
}

/** @param first answers in place of the bucket, which then does nothing */
export function scriptedBucket(
  first: (request: Arrived) => Answer | undefined = () => undefined,
): ScriptedBucket {
  const objects: ScriptedBucket['objects'] = new Map()
  const uploads: ScriptedBucket['uploads'] = new Map()
  let begun = 0

  const inParts = (method: string, key: string, query: URLSearchParams, body: Buffer): Answer => {
    if (query.has('uploads')) {
      const id = `u${++begun}`
      uploads.set(id, { key, parts: new Map() })
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
    }
    const id = query.get('uploadId') ?? ''
    const upload = uploads.get(id)
    if (!upload) return refusal(404, 'NoSuchUpload')
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body)
      return { status: 200, headers: { etag: etagOf(body) } }
    }
    if (method === 'DELETE') {
      uploads.delete(id)
      return { status: 204 }
    }
    if (method === 'GET') return listed(upload.parts, Number(query.get('part-number-marker') ?? 0))
    objects.set(key, Buffer.concat([...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part)))
    uploads.delete(id)
    return xml('<CompleteMultipartUploadResult><ETag>"of-all-2"</ETag></CompleteMultipartUploadResult>')
  }

  const answer = (request: Arrived): Answer => {
    const { method, path, body } = request
    const [key = '', text] = path.split('?')
    const query = new URLSearchParams(text)
    const other = first(request)
    if (other) return other
    if (query.has('uploadId') || query.has('uploads')) return inParts(method, key, query, body)
    if (method === 'PUT') {
      objects.set(key, body)
      return { status: 200, headers: { etag: etagOf(body) } }
    }
    const found = objects.get(key)
    if (!found) return refusal(404, 'NoSuchKey')
    return { status: 200, headers: { etag: '"of-all-2"' }, body: found }
  }
  return Object.assign(answer, { objects, uploads })
}

/** Two parts a page. */
function listed(parts: Map<number, Buffer>, after: number): Answer {
  const rest = [...parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
  const page = rest
    .slice(0, 2)
    .map(
      ([number, body]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(body)}</ETag><Size>${body.length}</Size></Part>`,
    )
  const last = rest[Math.min(2, rest.length) - 1]?.[0] ?? after
  const more = `<IsTruncated>${rest.length > 2}</IsTruncated><NextPartNumberMarker>${last}</NextPartNumberMarker>`
  return xml(`<ListPartsResult>${more}${page.join('')}</ListPartsResult>`)
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function xml(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` }
}
