import type { Answer } from '../wire/index.ts'
import { refusal } from './refusals.ts'
import type { StoredFile } from './store.ts'

/** `alt=media`: all of a file, or a range of it. */
export function download(file: StoredFile, range: string | null, acknowledged: boolean): Answer {
  if (file.abusive === true && !acknowledged) return refusal('cannotDownloadAbusiveFile')
  if (file.abusive !== true && acknowledged) return refusal('invalidAbuseAcknowledgment')
  const { bytes } = file
  const type = { 'content-type': file.mimeType }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (first === undefined) return { status: 200, headers: type, body: bytes }
  const from = Number(first)
  const to = Math.min(last === '' ? Infinity : Number(last), bytes.length - 1)
  if (from >= bytes.length) {
    const answer = refusal('requestedRangeNotSatisfiable')
    return { ...answer, headers: { 'content-range': `bytes */${bytes.length}` } }
  }
  const headers = { ...type, 'content-range': `bytes ${from}-${to}/${bytes.length}` }
  return { status: 206, headers, body: bytes.subarray(from, to + 1) }
}
