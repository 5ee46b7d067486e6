import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BackupMessage, BackupTask } from './backup-process.ts'

export interface RunOptions {
  /** Ends the process as a power cut would, so long after it said that. */
  readonly kill?: { readonly after: BackupMessage; readonly waitMs: number } | undefined
  readonly signal?: AbortSignal
}

export interface BackupOutcome {
  readonly killed: boolean
  /** What it was busy with last. */
  readonly phase: BackupMessage
  /** When it said what, in milliseconds before its end. */
  readonly beforeEndMs: ReadonlyMap<BackupMessage, number>
}

/** One backup in a process of its own. @throws when it failed by itself */
export async function runBackup(task: BackupTask, { kill, signal }: RunOptions): Promise<BackupOutcome> {
  signal?.throwIfAborted()
  const child = fork(program, [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const end = (): void => void child.kill('SIGKILL')
  const said = new Map<BackupMessage, number>()
  let timer: NodeJS.Timeout | undefined
  let phase: BackupMessage = 'start'
  let complaint = ''
  child.on('message', (message: BackupMessage) => {
    phase = message
    said.set(message, performance.now())
    if (message === kill?.after) timer = setTimeout(end, kill.waitMs)
  })
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
  signal?.addEventListener('abort', end)
  const [code, killer] = (await once(child, 'close')) as [number | null, string | null]
  const endedAt = performance.now()
  clearTimeout(timer)
  signal?.removeEventListener('abort', end)
  signal?.throwIfAborted()
  if (code !== 0 && killer !== 'SIGKILL') {
    throw new Error(`A backup ended with ${killer ?? `code ${code}`}: ${complaint.trim()}`)
  }
  const beforeEndMs = new Map([...said].map(([message, at]) => [message, endedAt - at]))
  return { killed: killer === 'SIGKILL', phase, beforeEndMs }
}

const program = fileURLToPath(new URL('./backup-process.ts', import.meta.url))
