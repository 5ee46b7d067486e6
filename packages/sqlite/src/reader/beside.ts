import { existsSync, rmSync } from 'node:fs'

/**
 * What SQLite keeps beside a database. Left alone with another database, it would be worked into that one.
 */
export const besides = ['-wal', '-shm', '-journal'] as const

export function filesBeside(path: string): string[] {
  return besides.map((suffix) => path + suffix).filter((file) => existsSync(file))
}

export function removeBeside(path: string): void {
  for (const suffix of besides) rmSync(path + suffix, { force: true })
}
