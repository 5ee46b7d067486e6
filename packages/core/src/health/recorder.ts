import type { Operation } from '../events.ts'
import { inOurWords } from '../track/announcer.ts'
import type { RunContext } from '../track/run.ts'
import type { History, RunEntry } from './history.ts'

/** Takes note of every operation of a backup. */
export interface Recorder {
  /** What is under way now. */
  readonly running: Running | undefined
  /** Does the work when it is its turn, and notes how it went. Never fails for its own sake. */
  record<Result>(operation: Operation, context: RunContext, work: (context: RunContext) => Promise<Result>): Promise<Result>
}

export interface Running {
  readonly operation: Operation
  readonly since: Date
}

export interface RecorderOptions {
  /** Called at the end of each operation: local state may come into being in its course. */
  readonly open: () => Promise<History>
  readonly clock: () => Date
  /** Runs one operation at a time. */
  readonly exclusive: <Result>(context: RunContext, body: () => Promise<Result>) => Promise<Result>
}

export function createRecorder({ open, clock, exclusive }: RecorderOptions): Recorder {
  let running: Running | undefined
  return {
    get running() {
      return running
    },
    record(operation, context, work) {
      const counted = counting(context)
      return exclusive(counted.context, async () => {
        const own = { operation, since: clock() }
        running = own
        const began = performance.now()
        const note = async (outcome: Outcome): Promise<void> => {
          const durationMs = Math.round(performance.now() - began)
          const entry = { operation, at: own.since.getTime(), durationMs, ...outcome, ...counted.counts() }
          // Notes are worth having, and not worth failing for.
          await open().then((history) => history.add(entry)).catch(() => {})
        }
        try {
          const result = await work(counted.context)
          await note(outcomeOf(operation, result))
          return result
        } catch (error) {
          const { kind, message } = inOurWords(error)
          await note({ ok: false, error: { kind: context.signal.aborted ? 'cancelled' : kind, message }, bytes: 0, stored: 0 })
          throw error
        } finally {
          running = undefined
        }
      })
    },
  }
}

function counting(context: RunContext): { context: RunContext; counts(): Pick<RunEntry, 'retries' | 'warnings'> } {
  let retries = 0
  let warnings = 0
  return {
    context: {
      ...context,
      emit(event) {
        if (event.type === 'retry') retries++
        context.emit(event)
      },
      warn(message, hint) {
        warnings++
        context.warn(message, hint)
      },
    },
    counts: () => ({ retries, warnings }),
  }
}

type Outcome = Pick<RunEntry, 'ok' | 'error' | 'bytes' | 'stored' | 'restored'>

/** Results of operations have their names for the same things. */
interface AnyResult {
  readonly ok?: unknown
  readonly problems?: readonly { readonly message: string }[]
  readonly check?: { readonly ok: boolean; readonly findings: readonly string[] }
  readonly restore?: object
  readonly sizeBytes?: unknown
  readonly checkedBytes?: unknown
  readonly restoreBytes?: unknown
  readonly storedBytes?: unknown
}

function outcomeOf(operation: Operation, result: unknown): Outcome {
  const found: AnyResult = typeof result === 'object' && result !== null ? result : {}
  const ok = found.ok !== false && found.check?.ok !== false
  const [bytes = 0] = [found.restoreBytes, found.checkedBytes, found.sizeBytes].filter((value) => typeof value === 'number')
  const restored = ok && (operation === 'restore' || operation === 'drill' || found.restore !== undefined)
  const problems = found.problems ?? found.check?.findings.map((message) => ({ message })) ?? []
  return {
    ok,
    bytes,
    stored: typeof found.storedBytes === 'number' ? found.storedBytes : 0,
    ...(restored && { restored }),
    ...(!ok && { error: { kind: 'corrupt', message: summaryOf(problems) } }),
  }
}

function summaryOf(problems: readonly { readonly message: string }[]): string {
  const [first] = problems
  if (!first) return 'It found something wrong.'
  return problems.length === 1 ? first.message : `${problems.length} problems, the first: ${first.message}`
}
