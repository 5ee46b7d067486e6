import type { BackupProvider } from '../src/contract/provider.ts'
import { BackupError, type ErrorKind } from '../src/errors.ts'
import type { Cloud } from './model-cloud.ts'

// For each test that needs a fault: a provider that keeps every promise but one, and what the suite says
// about it.

type Break = (good: BackupProvider, cloud: Cloud) => Partial<BackupProvider>

const key = 'packs/0a/0a01'

/** All calls, with their errors changed. */
function translating(change: (error: BackupError) => unknown): Break {
  const translated = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw BackupError.is(error) ? change(error) : error
    }
  }
  return (good) => ({
    put: (...call) => translated(good.put(...call)),
    get: (...call) => translated(good.get(...call)),
    stat: (...call) => translated(good.stat(...call)),
    delete: (...call) => translated(good.delete(...call)),
  })
}

const as = (kind: ErrorKind): Break => translating(({ message }) => new BackupError(kind, message))

const forgetsHowLong: Break = translating(({ kind, message }) => new BackupError(kind, message))

const givesUpSessions: Break = translating((error) =>
  error.message.includes('gone') ? new BackupError('permanent', error.message) : error,
)

const deaf: Break = (good) => ({
  get: (name, options) => good.get(name, options?.range ? { range: options.range } : {}),
})

const makesUpBytes: Break = (good) => ({
  get: (name, options) => good.get(name, options).catch(() => new Uint8Array(options?.range?.length ?? 7)),
})

const storesTwice: Break = (good) => ({
  async put(...call) {
    await good.put(...call)
    await good.delete(call[0])
    await good.put(...call)
  },
})

/** A get with a token of its own, as if nobody shared the renewal. */
const renewsForItself: Break = (good, cloud) => {
  let turn = Promise.resolve()
  return {
    async get(...call) {
      turn = turn.then(async () => {
        cloud.expire()
        await good.stat(call[0])
      })
      await turn
      return good.get(...call)
    },
  }
}

export const brokenClouds: readonly (readonly [test: string, says: string, change: Break])[] = [
  [
    'stores nothing of a put whose body breaks off on the way',
    'half a put is there',
    (good, cloud) => ({
      put: (...call) =>
        good.put(...call).catch((error: unknown) => {
          cloud.objects.set(call[0], [call[1].slice(0, 100)])
          throw error
        }),
    }),
  ],
  ['stores nothing of a put whose body breaks off on the way', 'must fail with transient', swallowing('put')],
  [
    'stores nothing of a body that is not what its hash says',
    'must fail with corrupt or permanent or transient',
    (good) => ({ put: (name, body) => good.put(name, body) }),
  ],
  [
    'goes on in another process with an upload that broke off',
    'left no note',
    (good) => ({ open: ({ create }) => good.open({ create: create ?? false }) }),
  ],
  [
    'goes on in another process with an upload that broke off',
    'bytes twice; at most',
    (good) => ({
      open: ({ journal, ...more }) =>
        good.open({ ...more, ...(journal && { journal: { ...journal, read: async () => undefined } }) }),
    }),
  ],
  [
    'goes on in another process with an upload that broke off',
    'still has a note',
    (good) => ({
      open: ({ journal, ...more }) =>
        good.open({ ...more, ...(journal && { journal: { ...journal, remove: async () => {} } }) }),
    }),
  ],
  [
    'goes on where the store is when it kept less than was sent',
    'only what was not kept goes again',
    storesTwice,
  ],
  ['begins anew when the store has forgotten the upload', 'the upload session is gone', givesUpSessions],
  ['begins anew when what the journal says is out of date', 'the upload session is gone', givesUpSessions],
  ['takes a put whose answer was lost for what it is: done', 'the connection broke', as('permanent')],
  [
    'takes a put whose answer was lost for what it is: done',
    'never came right: 2 of 1 objects',
    (good) => ({ list: (prefix) => twice(good.list(prefix)) }),
  ],
  [
    'leaves no unfinished upload behind when a put is cancelled',
    'left 1 unfinished uploads',
    (good, cloud) => ({
      async put(name, body, options) {
        await cloud.send({ op: 'begin', name, token: cloud.signIn.access }, undefined)
        await good.put(name, body, options)
      },
    }),
  ],
  [
    'clears away its own old uploads that nobody goes on with, and no others',
    'is still there',
    (good) => ({
      open: ({ journal, ...more }) =>
        good.open({ ...more, ...(journal && { journal: { ...journal, keys: async () => [] } }) }),
    }),
  ],
  [
    'clears away its own old uploads that nobody goes on with, and no others',
    'of somebody else was cleared away',
    (good, cloud) => ({
      async open(options) {
        await good.open(options)
        cloud.sessions.clear()
      },
    }),
  ],
  [
    'never returns less than was asked for when a body breaks off',
    'broke off returned 7 bytes',
    makesUpBytes,
  ],
  [
    'never returns less than was asked for when a body ends early',
    'broke off returned 7 bytes',
    makesUpBytes,
  ],
  ['returns the range or fails when the store ignores ranges', 'differs at byte', cutsWrong()],
  ['returns the range or fails when the store sends another one', 'differs at byte', makesUpBytes],
  [
    'does not vouch for an object that was damaged in the store',
    'after it was damaged differs at byte',
    (good) => ({
      async put(name, body, options) {
        if ((await good.stat(name)) === undefined) await good.put(name, body, options)
      },
    }),
  ],
  [
    'takes two objects of one name for one',
    '2 of 1 objects',
    (good, cloud) => ({
      list: (prefix) =>
        (cloud.objects.get(key)?.length ?? 0) > 1 ? twice(good.list(prefix)) : good.list(prefix),
    }),
  ],
  [
    'takes two objects of one name for one',
    'never came right: 1 of 0 objects',
    (good, cloud) => ({
      async delete(name) {
        const [, twin] = cloud.objects.get(name) ?? []
        await good.delete(name)
        if (twin) cloud.objects.set(name, [twin])
      },
    }),
  ],
  ['reports a full store as quota and stores nothing', 'must fail with quota', swallowing('put')],
  ['reports as quota that there is no room for the last bytes', 'instead of quota', as('transient')],
  ['goes on reading when uploads have to wait until tomorrow', 'instead of quota', as('throttled')],
  ['reports refused rights as auth, whatever was asked', 'must fail with auth', swallowing('put')],
  ['reports refused rights as auth, whatever was asked', 'instead of auth', as('not-found')],
  ['says how to sign in again when the sign-in is over', 'only has the general hint', as('auth')],
  [
    'reports a closed account as auth, says whom to ask, and does not knock again',
    'worth a retry',
    translating(({ kind, message, hint }) => new BackupError(kind, message, { hint, retryable: true })),
  ],
  [
    'renews an access token that expires, also in the middle of an upload',
    'renewed 2 times instead of once',
    renewsForItself,
  ],
  [
    'renews an expired token once for twenty calls, and leaves it to the next process',
    'times instead of once',
    renewsForItself,
  ],
  [
    'renews an expired token once for twenty calls, and leaves it to the next process',
    'the sign-in is over',
    (good, cloud) => ({
      async open(options) {
        // Begins with what it was given at first, because nobody wrote down what came later.
        cloud.signIn.refresh = 'refresh-0'
        await good.open(options)
      },
    }),
  ],
  ['works, or blames the clock, when the clock is twenty minutes off', 'fail with auth', as('auth')],
  [
    'works, or blames the clock, when the clock is twenty minutes off',
    'does not blame the clock',
    translating(() => new BackupError('config', 'A setting is wrong.')),
  ],
  ['sends nothing while the store wants a pause of so many seconds', 's were understood', forgetsHowLong],
  ['sends nothing while the store wants a pause until a date', 's were understood', forgetsHowLong],
  [
    'sends nothing for a while when the store wants a pause and does not say how long',
    'did not wait for it',
    as('permanent'),
  ],
  [
    'sends nothing while the store wants a pause of so many seconds',
    'requests arrived during the pause',
    (good, cloud) => ({
      get: (...call) =>
        good.get(...call).catch((error: unknown) => {
          // A provider that asks again by itself, behind the back of what has patience above it.
          for (const ms of [1, 5, 10, 15, 20, 25, 30])
            setTimeout(() => void cloud.send({ op: 'head', name: call[0] }, undefined).catch(() => {}), ms)
          throw error
        }),
    }),
  ],
  [
    'comes through five hundred calls of which thirty in a hundred fail',
    'it is not there',
    swallowing('put'),
  ],
  ['gives up a store that does not answer', 'although their signal fired', deaf],
  ['gives up a body that stops in the middle', 'although their signal fired', deaf],
  ['gives up a body that comes a byte now and then', 'although their signal fired', deaf],
  [
    'reports a store out of reach as transient, and never as an empty one',
    'instead of transient',
    as('permanent'),
  ],
  [
    'reports a store out of reach as transient, and never as an empty one',
    'must fail with transient',
    (good) => ({ stat: (name) => good.stat(name).catch(() => undefined) }),
  ],
  ['reports a page of a gateway in place of an answer as transient', 'instead of transient', as('permanent')],
  ['reports a server error without words as transient', 'instead of transient', as('permanent')],
  [
    'takes no nonsense for an answer',
    'nonsense was taken for an empty listing',
    (good) => ({
      async *list(prefix) {
        try {
          yield* good.list(prefix)
        } catch {}
      },
    }),
  ],
  [
    'takes no nonsense for an answer',
    'stat took nonsense for no bytes',
    (good) => ({ stat: (name) => good.stat(name).catch(() => undefined) }),
  ],
  ['takes no error for an answer because its status is 200', 'is not there', swallowing('put')],
  ['hears a refusal that comes before the body was sent', 'instead of auth', as('transient')],
  [
    'leaves no socket, no timer and no rejection behind',
    'after close there is still:',
    // Several, for a timer of the test runner that ends meanwhile would make up for one.
    () => ({ close: async () => void [1, 2, 3, 4, 5].map(() => setTimeout(() => {}, 5_000)) }),
  ],
  [
    'leaves no socket, no timer and no rejection behind',
    'a rejection was handled by nobody',
    (good) => ({
      async get(...call) {
        void Promise.reject(new Error('nobody listens'))
        return good.get(...call)
      },
    }),
  ],
]

function swallowing(method: 'put'): Break {
  return (good) => ({
    [method]: (...call: Parameters<BackupProvider['put']>) => good[method](...call).catch(() => {}),
  })
}

/** Takes the first bytes of whatever comes. */
function cutsWrong(): Break {
  return (good) => ({
    async get(name, options) {
      const { length } = options?.range ?? { length: 0 }
      return length === 0 ? good.get(name) : (await good.get(name)).slice(0, length)
    },
  })
}

async function* twice<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item
    yield item
  }
}
