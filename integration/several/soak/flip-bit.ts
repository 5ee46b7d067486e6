import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tally } from './tally.ts'

/** A disk that does not say so. What is removed or replaced in the same moment is left alone. */
export async function flipSomeBit(folder: string, tally: Tally): Promise<void> {
  const objects = ['packs', 'commits'].flatMap((name) => filesIn(join(folder, name)))
  const path = objects[Math.floor(Math.random() * objects.length)]
  if (!path) return
  try {
    const size = statSync(path).size
    const file = await open(path, 'r+')
    try {
      const at = Math.floor(Math.random() * size)
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
      buffer[0]! ^= 1
      await file.write(buffer, 0, 1, at)
      tally.count('bits flipped')
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile() && isObject.test(entry.name)).map(({ parentPath, name }) => join(parentPath, name))
  } catch {
    return []
  }
}

/** And no temporary file. */
const isObject = /^[0-9a-z-]+$/
