/**
 * Breaks text at blanks into lines of at most `width` columns, indentation included. A longer word stays
 * whole, and an amount with its unit.
 */
export function wrap(text: string, width: number, indent: string): string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, width, indent))
}

/** A path with as much of its end as fits: `…/shop/store.db`. */
export function shortPath(path: string, width: number): string {
  return path.length <= width ? path : `…${path.slice(path.length - width + 1)}`
}

function wrapParagraph(text: string, width: number, indent: string): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(gaps)) {
    const longer = line === indent ? `${indent}${word}` : `${line} ${word}`
    if (longer.length <= width || line === indent) {
      line = longer
      continue
    }
    lines.push(line)
    line = `${indent}${word}`
  }
  return [...lines, line].map((full) => full.trimEnd())
}

/** Blanks, save those before a unit. */
const gaps = / (?!(?:[kMGTP]?B(?:\/s)?|m?s|min|h)(?:\W|$))/
