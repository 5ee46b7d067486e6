import { createHash } from 'node:crypto'
import { closeSync, constants, lstatSync, openSync, readSync, readlinkSync } from 'node:fs'
import { pathOf, textOf } from '../names.ts'
import type { CompareJob } from './protocol.ts'

type Expected = CompareJob['entries'][number]

/** Says of each entry that is not as the manifest says what is wrong with it. */
export function compare({ entries }: CompareJob): string[] {
  return entries.flatMap((entry) => {
    try {
      const problem = problemOf(entry)
      return problem === undefined ? [] : [`${JSON.stringify(entry.path)} ${problem}`]
    } catch (error) {
      return [`${JSON.stringify(entry.path)} could not be read: ${(error as NodeJS.ErrnoException).code}`]
    }
  })
}

function problemOf({ path, kind, size, hash, target }: Expected): string | undefined {
  const facts = lstatSync(pathOf(path), { throwIfNoEntry: false })
  if (!facts) return 'is not there'
  const is = facts.isDirectory() ? 'folder' : facts.isFile() ? 'file' : facts.isSymbolicLink() ? 'link' : 'special'
  if (is !== kind) return `is a ${is}, not a ${kind}`
  if (kind === 'link') return textOf(readlinkSync(pathOf(path), { encoding: 'buffer' })) === target ? undefined : 'leads elsewhere'
  if (kind !== 'file') return undefined
  if (facts.size !== size) return `has ${facts.size} bytes, not ${size}`
  return hashOf(path) === hash ? undefined : 'has other bytes'
}

const buffer = Buffer.alloc(1 << 20)

function hashOf(path: string): string {
  const file = openSync(pathOf(path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const running = createHash('sha256')
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) running.update(buffer.subarray(0, read))
    return running.digest('hex')
  } finally {
    closeSync(file)
  }
}
