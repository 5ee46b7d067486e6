import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes trees of files, or finds those of an earlier run. The same numbers make the same tree. */
export function mixedTree(kept: string, bytes: number): string {
  return laidOut(join(kept, `mixed-${bytes}`), (folder) => {
    const random = seeded(1)
    // By bytes: two parts in five are small texts, two are photos, one is logs.
    const share = bytes / 5
    for (let written = 0, at = 0; written < 2 * share; at++) {
      const text = textOf(random, 500 + Math.floor(random() ** 3 * 50_000), at)
      write(folder, `project-${at % 40}/module-${at % 997}/${nameOf(at)}`, text)
      written += text.length
    }
    for (let written = 0, at = 0; written < 2 * share; at++) {
      const photo = noise(random, 1_000_000 + Math.floor(random() * 4_000_000))
      write(folder, `photos/${2020 + (at % 8)}/img-${at}.jpg`, photo)
      written += photo.length
    }
    for (let at = 0; at < 5; at++) write(folder, `logs/app-${at}.log`, logOf(random, share / 5))
  })
}

/** Tiny files, a hundred in a folder. */
export function manyFiles(kept: string, files: number): string {
  return laidOut(join(kept, `many-${files}`), (folder) => {
    const random = seeded(2)
    for (let at = 0; at < files; at++) {
      const text = textOf(random, 100 + Math.floor(random() * 1500), at)
      write(folder, `${Math.floor(at / 10_000)}/${Math.floor(at / 100) % 100}/${nameOf(at)}`, text)
    }
  })
}

function laidOut(folder: string, fill: (folder: string) => void): string {
  if (existsSync(folder)) return folder
  fill(`${folder}.partial`)
  renameSync(`${folder}.partial`, folder)
  return folder
}

const made = new Set<string>()

function write(folder: string, path: string, content: string | Uint8Array): void {
  const full = join(folder, path)
  const parent = full.slice(0, full.lastIndexOf('/'))
  if (!made.has(parent)) mkdirSync(parent, { recursive: true })
  made.add(parent)
  writeFileSync(full, content)
}

const endings = ['ts', 'json', 'md', 'txt', 'css', 'html']

function nameOf(at: number): string {
  return `file-${at}.${endings[at % endings.length]}`
}

/** xorshift32: quick, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const words = 'const return order customer invoice total value export function import string number if else for await total price item stock supplier tax paid open closed shipped returned date name street city code country phone mail note'.split(' ')

function textOf(random: () => number, length: number, at: number): string {
  const lines = [`// ${at}`]
  for (let written = 0; written < length; ) {
    const line = Array.from({ length: 8 }, () => words[Math.floor(random() * words.length)]).join(' ') + ` ${Math.floor(random() * 1e6)}`
    lines.push(line)
    written += line.length + 1
  }
  return lines.join('\n')
}

function logOf(random: () => number, length: number): Uint8Array {
  const log = Buffer.alloc(Math.floor(length), '\n')
  let time = 1_700_000_000_000
  for (let at = 0; at < log.length; ) {
    time += Math.floor(random() * 900)
    const path = words[Math.floor(random() * words.length)]
    at += log.write(`${new Date(time).toISOString()} 10.0.${Math.floor(random() * 255)}.7 GET /${path}/${Math.floor(random() * 1e5)} 200 ${Math.floor(random() * 9000)}\n`, at)
  }
  return log
}

function noise(random: () => number, length: number): Uint8Array {
  const words32 = new Uint32Array(Math.ceil(length / 4))
  for (let at = 0; at < words32.length; at++) words32[at] = random() * 2 ** 32
  return new Uint8Array(words32.buffer, 0, length)
}
