import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface WriterOptions {
  /** Transactions a second, each of three rows. Default 200. */
  transactionsPerSecond?: number
  /** How long the writer waits for a lock before it fails. Default 10,000. */
  busyTimeoutMs?: number
}

export interface WriterReport {
  transactions: number
  /** The longest one transaction took, waiting for locks included. */
  slowestMs: number
  ranMs: number
}

export interface StoreWriter {
  readonly pid: number
  /** Lets the current transaction finish, ends the process and tells what it did. */
  stop(): Promise<WriterReport>
  /** Ends the process at once, as a power cut would. */
  kill(): Promise<void>
}

/**
 * Starts another process that pays invoices in a store made by `createStore`; resolves after its first
 * transaction.
 */
export async function startWriter(path: string, options: WriterOptions = {}): Promise<StoreWriter> {
  const { transactionsPerSecond = 200, busyTimeoutMs = 10_000 } = options
  const program = fileURLToPath(new URL('./writer-process.ts', import.meta.url))
  const child = fork(program, [path, String(transactionsPerSecond), String(busyTimeoutMs)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  let complaint = ''
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString()
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const answer = (): Promise<WriterReport> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as WriterReport))
      void ended.then(() => reject(new Error(`the store writer ended early: ${complaint.trim()}`)))
    })

  await answer()
  return {
    pid: child.pid as number,
    async stop() {
      const report = answer()
      if (child.connected) child.send('stop')
      const result = await report
      await ended
      return result
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
