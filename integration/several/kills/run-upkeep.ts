import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { UpkeepTask } from './upkeep.ts'

export interface LifeOptions {
  /** Ends it as a power cut would, so long after it said that for the first time. */
  readonly kill?: { readonly after: string; readonly waitMs: number } | undefined
  readonly onMessage: (message: string) => void
}

/** What one process did until its end. */
export interface Life {
  readonly killed: boolean
  /** What it was busy with last. */
  readonly last: string
  /** How long each thing took that it came through, in milliseconds. */
  readonly took: ReadonlyMap<string, number>
}

/** @throws when it failed by itself */
export async function runUpkeep(task: UpkeepTask, { kill, onMessage }: LifeOptions): Promise<Life> {
  const child = fork(program, [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const took = new Map<string, number>()
  let last = 'start'
  let since = performance.now()
  let timer: NodeJS.Timeout | undefined
  let complaint = ''
  child.on('message', (message: string) => {
    took.set(last, performance.now() - since)
    ;[last, since] = [message, performance.now()]
    if (message === kill?.after) timer ??= setTimeout(() => child.kill('SIGKILL'), kill.waitMs)
    onMessage(message)
  })
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
  const [code, killer] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  if (code !== 0 && killer !== 'SIGKILL') throw new Error(`Upkeep ended with ${killer ?? `code ${code}`} after "${last}": ${complaint.trim()}`)
  return { killed: killer === 'SIGKILL', last, took }
}

const program = fileURLToPath(new URL('./upkeep-process.ts', import.meta.url))
