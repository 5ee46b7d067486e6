import { type Store, type StoreOptions, openStore } from './open-store.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * The store of a running program, whose file may be replaced by a restore meanwhile. The way through is:
 *
 * | moment | who reads | who writes |
 * | --- | --- | --- |
 * | every day | is served | is served |
 * | `holdWrites`: from the safety backup to the end of a restore | is served | is refused with `restoring`, and tries again |
 * | `whileClosed`: the file takes its place | waits | is refused |
 *
 * So nothing is written that is not in the safety backup, and nobody sees half of one state and half of another.
 */
export interface LiveStore {
  readonly file: string
  read<Result>(work: (store: Store) => Result): Promise<Result>
  /** @throws `restoring` while a restore is under way */
  write<Result>(work: (store: Store) => Result): Promise<Result>
  /** The connection itself, for single rows that come back from a backup: also while writes are held. @throws `restoring` while the file is replaced */
  readonly handle: Pick<Store, 'prepare'>
  /** Refuses writes from now on. What is being written is finished before this is called: it takes no turn of the event loop. @returns what ends it */
  holdWrites(): () => void
  /**
   * Closes the connection, lets somebody else have the file, and opens it again, also when that failed.
   *
   * @param work is given what opens it, brings it up to date and reads it, to see whether that can be done, and closes it again when not
   */
  whileClosed<Result>(work: (tryIt: () => void) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

export function liveStore(file: string, options: StoreOptions = {}): LiveStore {
  let store: Store | undefined = openStore(file, options)
  let closed: Promise<unknown> | undefined
  let holders = 0
  /** One that could not be opened after a restore is tried again for whoever comes next. */
  const opened = (): Store => (store ??= openStore(file, options))
  const mustBeFree = (): void => {
    if (holders > 0 || closed) throw restoring()
  }
  const shut = (): void => {
    store?.close()
    store = undefined
  }
  const tryIt = (): void => {
    try {
      opened().figures()
    } catch (error) {
      shut()
      throw error
    }
  }
  return {
    file,
    async read(work) {
      while (closed) await closed
      return work(opened())
    },
    async write(work) {
      if (holders === 0) while (closed) await closed
      // Looked at in the same turn in which the work is done.
      mustBeFree()
      return work(opened())
    },
    handle: {
      prepare(sql) {
        // Who brings rows back has them held for others, and does so in one turn.
        if (closed) throw restoring()
        return opened().prepare(sql)
      },
    },
    holdWrites() {
      holders++
      let isHeld = true
      return () => {
        if (isHeld) holders--
        isHeld = false
      }
    },
    async whileClosed(work) {
      while (closed) await closed
      shut()
      let open = (): void => {}
      closed = new Promise<void>((resolve) => (open = resolve))
      try {
        const result = await work(tryIt)
        opened()
        return result
      } finally {
        closed = undefined
        open()
      }
    },
    async close() {
      while (closed) await closed
      shut()
    },
  }
}

function restoring(): Refusal {
  return refuse('restoring', 'Data is being restored. Try again in a moment; nothing of what you entered is lost.')
}
