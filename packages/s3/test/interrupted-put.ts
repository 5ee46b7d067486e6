import type { UploadJournal } from '@backup/core'
import { mkdirSync } from 'node:fs'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { s3, type S3Options } from '../src/index.ts'

// Run as a program it puts one object and is killed by a test: node interrupted-put.ts <JSON of Errand>

export interface Errand {
  readonly options: S3Options
  readonly folder: string
  readonly key: string
  readonly file: string
}

/** Notes as files, so that they outlive a process. */
export function journalIn(folder: string): UploadJournal {
  mkdirSync(folder, { recursive: true })
  const fileOf = (key: string): string => join(folder, encodeURIComponent(key))
  return {
    read: (key) => readFile(fileOf(key), 'utf8').catch(() => undefined),
    write: (key, note) => writeFile(fileOf(key), note),
    remove: (key) => rm(fileOf(key), { force: true }),
    keys: async () => (await readdir(folder)).map(decodeURIComponent),
  }
}

if (import.meta.main) {
  const { options, folder, key, file } = JSON.parse(process.argv[2] ?? '') as Errand
  const provider = s3(options)
  await provider.open({ journal: journalIn(folder) })
  await provider.put(key, await readFile(file), {
    onProgress: (sentBytes) => process.stdout.write(`${sentBytes}\n`),
  })
}
