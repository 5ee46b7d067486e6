/** Text as XML 1.0 holds it, in elements and attributes. Control characters have been refused before. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function element(name: string, ...content: readonly string[]): string {
  return content.length === 1 && !content[0]?.startsWith('<') ? `<${name}>${content[0]}</${name}>` : [`<${name}>`, ...content.flatMap(indented), `</${name}>`].join('\n')
}

function indented(lines: string): string[] {
  return lines.split('\n').map((line) => `  ${line}`)
}
