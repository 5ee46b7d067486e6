import { isUtf8 } from 'node:buffer'

/**
 * Names of files as text, without loss: bytes that are no UTF-8 stand as U+DC80 to U+DCFF, which no name can hold otherwise.
 * That is PEP 383, what Python calls `surrogateescape`: `os.fsencode(json.loads(line)['path'])` is the name there.
 */
export function textOf(name: Uint8Array): string {
  if (isUtf8(name)) return decoder.decode(name)
  let text = ''
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((bytes) => at + bytes <= name.length && isUtf8(name.subarray(at, at + bytes)))
    text += length === undefined ? String.fromCharCode(0xdc00 + name[at]!) : decoder.decode(name.subarray(at, at + length))
    at += length ?? 1
  }
  return text
}

/** What `fs` takes for a name: bytes where text would not do. */
export function pathOf(text: string): string | Buffer {
  if (isText(text)) return text
  const parts: Buffer[] = []
  let start = 0
  for (const { 0: lone, index } of text.matchAll(/\p{Surrogate}/gu)) {
    parts.push(Buffer.from(text.slice(start, index), 'utf8'), Buffer.of(lone.charCodeAt(0) & 0xff))
    start = index + 1
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(start), 'utf8')])
}

/** No bytes that are no UTF-8 stand in it. */
export function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/** What looks like a mark of the byte order is part of the name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Why a path from a manifest may not be used below a folder; nothing for a good one. `.` is the folder itself.
 *
 * @param windows refuse also what Windows takes for another folder, a drive or a stream
 */
export function pathProblem(path: string, windows: boolean = process.platform === 'win32'): string | undefined {
  if (path === '.') return undefined
  if (path.includes('\0')) return 'it contains a NUL character'
  if (/[\uD800-\uDC7F\uDD00-\uDFFF]/.test(path.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, ''))) return 'it contains half a character'
  if (path.split('/').some((name) => name === '' || name === '.' || name === '..')) return 'it leads elsewhere'
  if (windows && /[\\:]/.test(path)) return 'it leads elsewhere on Windows'
  return undefined
}
