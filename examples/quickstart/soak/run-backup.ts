import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BackupMessage, BackupTask } from './backup-process.ts'

export interface RunOptions {
  /** Ends the process as a power cut would, so long after the backup began. */
  readonly killAfterMs?: number | undefined
  readonly signal?: AbortSignal
}

export interface BackupOutcome {
  readonly killed: boolean
  /** What it was busy with last. */
  readonly phase: BackupMessage
  /** From the beginning of the backup to the end of the process. */
  readonly tookMs: number
}

/** One backup in a process of its own. @throws when it failed by itself */
export async function runBackup(task: BackupTask, options: RunOptions): Promise<BackupOutcome> {
  const { killAfterMs, signal } = options
  signal?.throwIfAborted()
  const child = fork(program, [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  let beganAt = 0
  let timer: NodeJS.Timeout | undefined
  let phase: BackupMessage = 'begin'
  let complaint = ''
  child.on('message', (message: BackupMessage) => {
    phase = message
    if (message !== 'begin') return
    beganAt = performance.now()
    if (killAfterMs !== undefined) timer = setTimeout(kill, killAfterMs)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const kill = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  const [code, killer] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(timer)
  signal?.removeEventListener('abort', kill)
  signal?.throwIfAborted()
  if (code !== 0 && killer !== 'SIGKILL') {
    throw new Error(`A backup ended with ${killer ?? `code ${code}`}: ${complaint.trim()}`)
  }
  return { killed: killer === 'SIGKILL', phase, tookMs: performance.now() - beganAt }
}

const program = fileURLToPath(new URL('./backup-process.ts', import.meta.url))
