import { BackupError } from '../errors.ts'
import type { Repository } from '../repository/repository.ts'
import { type ChosenSnapshot, chooseSnapshot } from './choose.ts'
import { missingIn } from './missing-unit.ts'
import { type OpenedStream, type OpenedStreamOptions, type SeenSnapshot, openedStream, sameStream } from './opened-stream.ts'
import { type Reopen, mostAttempts, reopenedAfter } from './removed-meanwhile.ts'

/** A snapshot in a repository of which everything is known. */
export function seenIn(repository: Repository, { name, commit }: ChosenSnapshot): SeenSnapshot {
  const { provider, runtime, catalog, laneSetup, keyFor } = repository
  return {
    provider,
    runtime,
    catalog,
    laneSetup,
    keyFor,
    name,
    commit,
    expect: () => {},
    async look(_, isFound, options) {
      if (!isFound()) await repository.adoptUnnamed(options)
    },
  }
}

/**
 * A stream that stays open when packs are removed meanwhile: what is needed of them was gathered in others before, and a repository that
 * is opened anew knows where.
 */
export function lastingStream(first: SeenSnapshot, wanted: string | undefined, options: OpenedStreamOptions, reopen: Reopen): OpenedStream {
  let current = openedStream(first, wanted, options)
  let isClosed = false
  let lookedAgain = false
  let opening: Promise<void> | undefined

  /** All whose reads failed wait for the same opening. */
  const again = (error: unknown, failed: OpenedStream): Promise<void> => {
    if (isClosed) throw error
    if (failed !== current) return Promise.resolve()
    opening ??= (async () => {
      // At a glance, not all that is told of a unit was seen; or it is told elsewhere by now.
      const isMissing = missingIn(error) !== undefined && !lookedAgain
      lookedAgain ||= isMissing
      const repository = isMissing ? await reopen() : await reopenedAfter(error, reopen)
      if (!repository) throw error
      const next = openedStream(seenIn(repository, chooseSnapshot(repository, first.name)), wanted, options)
      current.close()
      current = next
      if (isClosed) next.close()
    })().finally(() => (opening = undefined))
    return opening
  }
  const lasting = async <Result>(work: (stream: OpenedStream) => Promise<Result>): Promise<Result> => {
    for (let attempt = 1; ; attempt++) {
      const stream = current
      try {
        return await work(stream)
      } catch (error) {
        if (attempt >= mostAttempts || (BackupError.is(error, 'cancelled') && stream === current)) throw error
        await again(error, stream)
      }
    }
  }
  return sameStream(current, {
    read: (offset, length, call) => lasting((stream) => stream.read(offset, length, call)),
    differences: (earlier, call) => lasting((stream) => stream.differences(earlier, call)),
    close() {
      isClosed = true
      current.close()
    },
  })
}
