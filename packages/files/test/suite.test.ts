import { randomBytes } from 'node:crypto'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupSource } from '@backup/core'
import { type SourceFixture, seededRandom, sourceSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { filesWith } from '../src/files.ts'
import { settingsOf } from '../src/options.ts'
import { freshFolder, layOut, settleTimes } from './trees.ts'

/** Each of its hundred damages would start threads anew. */
const off = { 'makes the best of a state that is damaged: right, if slower': 'known.test.ts damages every byte of a state' }

describe.each(['a folder', 'a file', 'several by name'] as const)('as a source like any other, %s', (what) => {
  sourceSuite({ describe, test }, () => fixtureFor(what), {
    timeoutMs: 120_000,
    ...(what === 'a folder' && { changed: true, off }),
  })
})

/** Files may be as young as a clock of the kernel can tell apart: no test can wait until they are older. */
const youngMs = 20

function sourceOf(path: string, what: 'a folder' | 'a file' | 'several by name'): BackupSource {
  const roots = { 'a folder': path, 'a file': `${path}/large`, 'several by name': { one: `${path}/texts`, two: `${path}/large` } }[what]
  return filesWith({ ...settingsOf(roots, { changing: 'fail' }), youngMs })
}

function fixtureFor(what: 'a folder' | 'a file' | 'several by name'): SourceFixture {
  const folder = freshFolder()
  const texts = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`texts/${at % 4}/${at}.txt`, `line ${at}\n`.repeat(at * 20)]))
  const tree = layOut(join(folder, 'tree'), { ...texts, large: seededRandom(1).bytes(1_300_000), link: { link: 'large' }, 'texts/empty': undefined })
  const [restored, scratch] = [layOut(join(folder, 'restored'), {}), layOut(join(folder, 'scratch'), {})]
  const large = seededRandom(2).bytes(1_300_000)
  let [changes, places] = [0, 0]
  return {
    source: sourceOf(tree, what),
    scratch,
    async change() {
      changes += 1
      const path = join(tree, changes % 2 === 0 ? `texts/1/${4 * changes + 1}.txt` : 'large')
      large.set(randomBytes(8), 700_000)
      const bytes = what !== 'a file' && changes % 2 === 0 ? Buffer.from(`changed ${changes}\n`.repeat(changes)) : large
      writeFileSync(what === 'a file' ? join(tree, 'large') : path, bytes)
      settleTimes(tree)
      utimesSync(what === 'a file' ? join(tree, 'large') : path, 1_700_000_000 + changes, 1_700_000_000 + changes)
      // Until the times of the others count as old: this machine may be quick.
      await new Promise((resolve) => setTimeout(resolve, 2 * youngMs))
    },
    freshPlace: () => join(restored, `${(places += 1)}`),
    async contents(place) {
      if (!readdirSync(restored).includes(place.slice(restored.length + 1))) return undefined
      const roots = what === 'several by name' ? { one: `${place}/one`, two: `${place}/two` } : place
      return contentsOf(filesWith({ ...settingsOf(roots, {}), youngMs }))
    },
    traces: async () => ['.', 'scratch', 'restored'].flatMap((name) => readdirSync(join(folder, name))),
  }
}

/** What the source would hand out of a tree. */
async function contentsOf(source: BackupSource): Promise<Record<string, Uint8Array>> {
  const snapshot = await source.open({ previousState: async () => undefined, warn: () => {} })
  const found: Record<string, Uint8Array> = {}
  for await (const { name, content } of snapshot.streams()) {
    const parts: Uint8Array[] = []
    if (content.kind === 'bytes') for await (const part of content.read()) parts.push(part)
    if (content.kind === 'spliced') {
      for await (const part of content.parts()) {
        if (part.kind === 'kept') throw new Error('nothing is known to keep')
        parts.push(part.bytes.slice())
        part.release?.()
      }
    }
    found[name] = new Uint8Array(Buffer.concat(parts))
  }
  await snapshot.close()
  return found
}
