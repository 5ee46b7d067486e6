import { closeSync, openSync, writeSync } from 'node:fs'

const pageBytes = 4096
const pages = 5_000

/** Writes pages of a file anew, the same for the same number. */
export function changePages(file: string, count: number, number: number): void {
  const handle = openSync(file, number === 0 ? 'w' : 'r+')
  const changed = number === 0 ? Array.from({ length: pages }, (_, page) => page) : Array.from({ length: count }, (_, at) => (number * 7_919 + at * 104_729) % pages)
  for (const page of changed) {
    const words = new Uint32Array(pageBytes / 4)
    let word = (page * 2_654_435_761 + number * 40_503) >>> 0
    for (let at = 0; at < words.length / 2; at++) words[at] = word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    writeSync(handle, new Uint8Array(words.buffer), 0, pageBytes, page * pageBytes)
  }
  closeSync(handle)
}
