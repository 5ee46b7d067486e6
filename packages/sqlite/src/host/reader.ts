import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BackupError, type ErrorKind } from '@backup/core'
import { refusalOf } from '../reader/refusal.ts'
import type { Answer, Job, Jobs, Refusal, Release, Report } from './protocol.ts'

/** A reader process at work. */
export interface Reader<J extends Job> {
  /**
   * @throws what the reader refused, `source` when it ended without an answer, `cancelled` when the signal
   * fired
   */
  readonly result: Promise<Jobs[J]['result']>
  /** Tells the job something. Harmless when it is gone. */
  tell(note: Release): void
  /** Ends the process at once and resolves when it is gone. Harmless afterwards. */
  stop(): Promise<void>
}

/** So long a message of a process that has ended may still be on its way. */
const lastWordsMs = 100

export interface ReaderOptions {
  readonly signal?: AbortSignal | undefined
  readonly onReport?: (report: Report) => void
}

/**
 * Starts a process of its own for one job. No file of a database may be opened in the host process, not even
 * to look at it: closing it again would drop all locks that the application's SQLite holds there
 * (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export function startReader<J extends Job>(
  job: J,
  request: Jobs[J]['request'],
  options: ReaderOptions = {},
): Reader<J> {
  const { signal, onReport } = options
  const child = fork(program, [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const gone = new Promise<void>((resolve) => {
    // Not on `exit`: what it told may still be on its way then. But Deno does not always say `close`.
    child.once('close', () => resolve())
    if ('Deno' in globalThis) child.once('exit', () => setTimeout(resolve, lastWordsMs))
    child.once('error', () => resolve())
  })
  const stop = (): Promise<void> => {
    child.kill('SIGKILL')
    return gone
  }
  let complaint = ''
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-complaintLength)))

  const result = new Promise<Jobs[J]['result']>((resolve, reject) => {
    const cancel = (): void => {
      void stop()
      reject(
        new BackupError('cancelled', `Cancelled while ${request.path} was in work.`, {
          plugin,
          cause: signal?.reason,
        }),
      )
    }
    if (signal?.aborted) return cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    void gone.then(() => signal?.removeEventListener('abort', cancel))

    child.on('message', (message: Report | Answer) => {
      if (message.type === 'done') resolve(message.result as Jobs[J]['result'])
      else if (message.type === 'failed') reject(errorOf(message.refusal, request.path))
      else onReport?.(message)
    })
    child.once('error', (cause) => {
      reject(
        new BackupError('source', `The reader process cannot be started: ${cause.message}.`, {
          plugin,
          cause,
        }),
      )
    })
    // Not on `exit`: messages may still be on their way then.
    child.once('close', (code, killer) => {
      const how = killer === null ? `ended with code ${code}` : `was ended by ${killer}`
      const message = `The reader process of ${request.path} ${how} before it was done. ${complaint}`.trim()
      const hint = killer === 'SIGBUS' ? unreadable : 'Run again.'
      reject(new BackupError('source', message, { plugin, key: request.path, hint }))
    })
    child.send({ job, request }, () => {})
  })
  // Whoever needs the result looks at it; until then a failure is no fault of the program.
  result.catch(() => {})
  const tell = (note: Release): void => {
    if (child.connected) child.send(note, () => {})
  }
  return { result, tell, stop }
}

/** What else went wrong in the host process, in the words that the reader would have used. */
export function asBackupError(
  error: unknown,
  otherwise: ErrorKind,
  doing: string,
  path: string,
): BackupError {
  return BackupError.is(error) ? error : errorOf(refusalOf(error, otherwise, doing), path)
}

function errorOf({ kind, message, ...told }: Refusal, path: string): BackupError {
  return new BackupError(kind, message, { plugin, key: path, ...told })
}

const plugin = 'sqlite'
const complaintLength = 2000
/** The reader sees files in memory, and this is how it learns that a part of one cannot be read. */
const unreadable = 'A part of the file could not be read. Look at the disk, and at what the system says of it.'

/** Beside this file's folder, in the sources as in what is published. */
const program = fileURLToPath(new URL(import.meta.url.replace(/host\/reader(\.\w+)$/, 'reader/child$1')))
