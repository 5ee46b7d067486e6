import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { type Talk, talk } from './talk.ts'

export interface Program extends Talk {
  readonly child: ChildProcess
  /** As a power cut does it. */
  kill(): Promise<void>
  /** As the system does it when somebody logs out. @returns the exit code */
  end(): Promise<number | null>
}

export interface ProgramOptions {
  readonly data: string
  readonly ui: string
  /** Further arguments, and what is written to its input. */
  readonly args?: readonly string[]
  readonly input?: string
}

/** Starts the program as a shell does: a process of its own, of which the first line is read. */
export async function program({ data, ui, args = [], input }: ProgramOptions): Promise<Program> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), '--data', data, '--ui', ui, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  if (input !== undefined) child.stdin.write(input)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  onTestFinished(kill)
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    void gone.then((code) => reject(new Error(`The program ended with ${code}: ${said}`)))
  })
  const { url } = JSON.parse(line) as { readonly url: string }
  return {
    ...talk(url),
    child,
    kill,
    end() {
      child.kill('SIGTERM')
      return gone
    },
  }
}
