/**
 * The beginning of a text, at most so long, with an ellipsis where something is left out. No character is cut
 * in two, nor what is drawn as one, such as a flag.
 *
 * @param lengthOf what counts; the length of a string unless said
 */
export function cutText(
  text: string,
  most: number,
  lengthOf: (text: string) => number = (part) => part.length,
): string {
  if (lengthOf(text) <= most) return text
  let kept = ''
  let room = most - lengthOf('…')
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    room -= lengthOf(segment)
    if (room < 0) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** For limits that count bytes of UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

/** In one line: control characters would be more than text in a subject or a header. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
}
