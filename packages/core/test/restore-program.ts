import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The restore program as it is now; golden repositories have the one of their day with them. */
export const restoreProgram: string = fileURLToPath(new URL('../../../restore/restore.mjs', import.meta.url))

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the restore program in a process of its own, as a stranger would. */
export function runRestore(program: string, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...words], { env: { PATH: process.env['PATH'], ...environment } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err })
    })
    child.stdin?.end()
  })
}
