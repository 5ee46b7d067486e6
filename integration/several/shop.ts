import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

/** The books of a shop: a file of pages, as databases keep them. */
export interface Shop {
  readonly file: string
  /** An ordinary quarter of an hour: some pages change, and now and then one is added. */
  sell(): void
  /** Everything that is in the books now, as a hash. */
  books(): string
}

export const pageBytes = 4096
const pagesAtFirst = 12

export function openShop(file: string): Shop {
  let quarters = 0
  const pages = Array.from({ length: pagesAtFirst }, (_, number) => page(number, 0))
  const sell = (): void => {
    quarters++
    for (const stride of [7, 13, 31]) pages[(quarters * stride) % pages.length] = page(stride, quarters)
    if (quarters % 25 === 0) pages.push(page(0, quarters))
    writeFileSync(file, Buffer.concat(pages))
  }
  sell()
  return { file, sell, books: () => booksIn(file) }
}

export function booksIn(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** Half text, half noise: pages compress a little, and no two are the same. */
function page(number: number, quarter: number): Buffer {
  const seed = createHash('sha256').update(`${number}/${quarter}`).digest()
  const noise = Buffer.concat(Array.from({ length: pageBytes / 64 }, (_, at) => createHash('sha256').update(seed).update(`${at}`).digest()))
  return Buffer.concat([Buffer.alloc(pageBytes - noise.length, `Invoice ${number} of ${quarter}. `), noise])
}
