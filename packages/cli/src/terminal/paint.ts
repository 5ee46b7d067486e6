import { styleText } from 'node:util'

/** Colours, or none: the text as it is. Widths are reckoned before painting, for painting adds characters. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

export function createPaint(colours: boolean): Paint {
  return colours ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}
