import { oneLine } from '@backup/core'

/** Bytes of UTF-8 in one encoded word, of which RFC 2047 allows 75 characters. */
const mostBytes = 42

/**
 * Text for a header of HTTP, which takes one line of ASCII: anything else is written in encoded words (RFC
 * 2047, section 2), which ntfy reads.
 */
export function headerText(text: string): string {
  const line = oneLine(text)
  if (/^[\x20-\x7e]*$/.test(line) && !line.includes('=?')) return line
  const words: number[][] = [[]]
  for (const character of line) {
    const bytes = new TextEncoder().encode(character)
    if (words.at(-1)!.length + bytes.length > mostBytes) words.push([])
    words.at(-1)!.push(...bytes)
  }
  return words.map((bytes) => `=?UTF-8?B?${btoa(String.fromCharCode(...bytes))}?=`).join(' ')
}
