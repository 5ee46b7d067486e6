import { BackupError, type BackupProvider } from '@backup/core'
import { type FaultScript, type FaultyMethod, type FaultyProvider, faultyProvider, seededRandom } from '@backup/core/testing'
import type { Pace } from './pace.ts'
import type { Tally } from './tally.ts'

export interface UnreliableOptions {
  readonly pace: Pick<Pace, 'outage' | 'longOutage'>
  readonly tally: Tally
  /** All is well from then on. */
  readonly calm?: AbortSignal
}

const transient = { fault: 'error', kind: 'transient' } as const
const slow = { fault: 'delay', ms: 150 } as const
const slower = { fault: 'delay', ms: 400 } as const

const faults: FaultScript = {
  put: [transient, { fault: 'lost-reply' }, slow, slower],
  get: [transient, { fault: 'flip' }, { fault: 'short' }, slow],
  stat: [transient, slow],
  list: [transient, { fault: 'cut' }, { fault: 'cut', objects: 20 }, { fault: 'duplicate' }, slower],
  delete: [transient, { fault: 'lost-reply' }, slow],
}
const rate = 0.04
/** What it remembers of its calls is thrown away after so many. */
const callsAtATime = 2_000

/**
 * Storage far away, on a bad day: calls fail at random, come late, lose their answers and bits of what they read; and there are outages, at
 * the same time for all processes, in which an answer that was on its way is lost.
 */
export function unreliable(inner: BackupProvider, { pace, tally, calm }: UnreliableOptions): BackupProvider {
  let faulty = renewed(inner)
  let counted = 0
  let wasOut = false

  const provider = (): BackupProvider => {
    const { calls } = faulty
    for (; counted < calls.length; counted++) if (calls[counted]?.fault) tally.count('faults')
    if (calls.length >= callsAtATime) [faulty, counted] = [renewed(inner), 0]
    return calm?.aborted ? inner : faulty
  }
  const checkReach = (method: FaultyMethod): void => {
    const out = !calm?.aborted && isOutAt(Date.now(), pace)
    if (out && !wasOut) tally.count('outages met')
    wasOut = out
    if (out) throw new BackupError('transient', `There is an outage: ${method} got no answer.`, { plugin: inner.name })
  }
  const during = async <Result>(method: FaultyMethod, work: (through: BackupProvider) => Promise<Result>): Promise<Result> => {
    checkReach(method)
    const result = await work(provider())
    checkReach(method)
    return result
  }

  return {
    ...inner,
    open: (options) => during('open', (through) => through.open(options)),
    put: (...call) => during('put', (through) => through.put(...call)),
    get: (...call) => during('get', (through) => through.get(...call)),
    stat: (...call) => during('stat', (through) => through.stat(...call)),
    delete: (...call) => during('delete', (through) => through.delete(...call)),
    async *list(...call) {
      checkReach('list')
      for await (const object of provider().list(...call)) {
        yield object
        checkReach('list')
      }
    },
  }
}

const renewed = (inner: BackupProvider): FaultyProvider => faultyProvider(inner, { seed: Math.floor(Math.random() * 2 ** 31), rate, faults })

/** Known to all processes without a word: the clock decides. */
function isOutAt(now: number, { outage, longOutage }: Pick<Pace, 'outage' | 'longOutage'>): boolean {
  if (now % longOutage.everyMs > longOutage.everyMs - longOutage.ms) return true
  return seededRandom(Math.floor(now / outage.ms) % 2 ** 31).next() < outage.share
}
