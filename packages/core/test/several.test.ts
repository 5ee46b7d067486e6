import { describe, expect, test } from 'vitest'
import { type Backup, BackupError, type BackupSource, createBackup, rawKey, several } from '../src/index.ts'
import { type MemorySource, memoryProvider, memorySource, sourceSuite } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, text, withoutFiles } from './fixtures.ts'
import { type PiecesSource, pieces } from './pieces.ts'

interface Both {
  readonly database: MemorySource
  readonly uploads: PiecesSource
  readonly backup: Backup
}

const bytes = (word: string): Uint8Array => new TextEncoder().encode(word)

async function both(uploads: PiecesSource = pieces(text(50_000)), database = memorySource({ main: bytes('rows'), log: bytes('log') })): Promise<Both> {
  const options = { providers: [memoryProvider()], keys: rawKey(new Uint8Array(32).fill(29)), runtime: withoutFiles, workers: 0, state: freshMemoryState() }
  const backup = createBackup({ ...options, source: several({ database, uploads }) })
  await backup.init()
  return { database, uploads, backup }
}

describe('as a source like any other', () => {
  sourceSuite({ describe, test }, () => {
    const [one, two] = [memorySource({ main: text(100_000) }), memorySource({ main: text(70_000), second: bytes('x') })]
    let [changes, places] = [0, 0]
    return {
      source: several({ one, two }),
      change: () => void one.streams.set('main', text(100_000 + ++changes)),
      freshPlace: () => `place ${++places}`,
      contents(place) {
        // Under the name that was asked for, or the one that a restore gave.
        const name = /^one: (.*)-one, /.exec(place)?.[1] ?? place
        const [first, second] = [one.places.get(`${name}-one`), two.places.get(`${name}-two`)]
        if (!first && !second) return Promise.resolve(undefined)
        const named = (part: string, streams: ReadonlyMap<string, Uint8Array> | undefined) => [...(streams ?? [])].map(([stream, found]) => [`${part}/${stream}`, found] as const)
        return Promise.resolve(Object.fromEntries([...named('one', first), ...named('two', second)]))
      },
    }
  })
})

test('one snapshot holds all parts, each under its name, and each with its own facts and memory', async () => {
  const { backup, uploads } = await both()
  const { streams, proof } = await backup.run()
  expect(streams.map(({ name }) => name)).toEqual(['database/main', 'database/log', 'uploads/main'])
  expect(proof).toEqual({ 'complete': true, 'database.complete': true, 'database.streams': 2, 'uploads.complete': true })
  await backup.run()
  expect(uploads.kept).toBe(5)
})

test('all parts are opened before anything is read, and all are closed', async () => {
  const told: string[] = []
  const watched = (name: string): BackupSource => {
    const source = memorySource({ main: bytes(name) })
    return {
      ...source,
      async open(context) {
        told.push(`open ${name}`)
        const snapshot = await source.open(context)
        return {
          ...snapshot,
          async *streams() {
            told.push(`read ${name}`)
            yield* snapshot.streams()
          },
          close: async () => void told.push(`close ${name}`),
        }
      },
    }
  }
  const snapshot = await several({ a: watched('a'), b: watched('b') }).open({ previousState: async () => undefined, warn: () => {} })
  for await (const { content } of snapshot.streams()) if (content.kind === 'bytes') for await (const _ of content.read());
  await snapshot.close()
  expect(told).toEqual(['open a', 'open b', 'read a', 'read b', 'close a', 'close b'])
})

test('when one part is not complete or cannot be opened, there is no snapshot, and nothing stays open', async () => {
  const { backup, database } = await both()
  database.complete = false
  await expect(backup.run()).rejects.toMatchObject({ kind: 'source' })
  let closed = 0
  const fine = memorySource({ main: bytes('x') })
  const first: BackupSource = { ...fine, open: async (context) => ({ ...(await fine.open(context)), close: async () => void closed++ }) }
  const broken: BackupSource = { ...fine, open: () => Promise.reject(new Error('no view')) }
  await expect(several({ first, broken }).open({ previousState: async () => undefined, warn: () => {} })).rejects.toThrow('no view')
  expect(closed).toBe(1)
  expect(await backup.snapshots()).toEqual([])
})

describe('a restore', () => {
  test('brings everything back to the live places, or to names made of one', async () => {
    const { backup, database, uploads } = await both()
    await backup.run()
    const { parts, place } = await backup.restore('latest', { overwrite: true })
    expectStreams(database.places.get('live'), { main: bytes('rows'), log: bytes('log') })
    expect(uploads.places.get('live')).toEqual(uploads.data)
    expect(place).toBe('database: live, uploads: live')
    expect(parts?.uploads).toEqual({ place: 'live', requiresRestart: false })
    await backup.restore('latest', { to: 'copy', check: true })
    expect([...database.places.keys(), ...uploads.places.keys()]).toEqual(['live', 'copy-database', 'live', 'copy-uploads'])
  })

  test('that cannot be examined has taken its place all the same, and says so', async () => {
    const { backup, database } = await both()
    await backup.run()
    database.check = () => Promise.reject(new BackupError('busy', 'Somebody holds it.'))
    const failed = backup.restore('latest', { overwrite: true, check: true })
    await expect(failed).rejects.toMatchObject({ kind: 'busy', altered: true, message: 'It is restored to database: live, uploads: live, and what follows was not done: Somebody holds it.' })
    expectStreams(database.places.get('live'), { main: bytes('rows'), log: bytes('log') })
    // Nothing of that is said of what never came so far.
    const untouched = backup.restore('latest', { overwrite: true, signal: AbortSignal.abort() })
    await expect(untouched).rejects.toMatchObject({ kind: 'cancelled', altered: undefined })
  })

  test('brings back the parts for which there is a place, and plans no more', async () => {
    const { backup, database, uploads } = await both()
    await backup.run()
    const to = { uploads: 'there' }
    const plan = await backup.plan('latest', { to })
    expect(plan.streams.map(({ name }) => name)).toEqual(['uploads/main'])
    await backup.restore('latest', { to })
    expect(uploads.places.get('there')).toEqual(uploads.data)
    expect(database.places.size).toBe(0)
    await expect(backup.restore('latest', { to: { upload: 'x' } })).rejects.toMatchObject({ kind: 'config', key: 'to' })
  })

  test('brings back what rules choose, of parts that can choose', async () => {
    const { backup, database, uploads } = await both()
    await backup.run()
    await backup.restore('latest', { only: ['database'] })
    expect([database.places.size, uploads.places.size]).toEqual([1, 0])
    const refused = backup.restore('latest', { only: ['database/main'] })
    await expect(refused).rejects.toMatchObject({ kind: 'unsupported', key: 'only' })
    await expect(backup.restore('latest', { only: ['elsewhere'] })).rejects.toMatchObject({ kind: 'config', key: 'only' })
  })

  test('passes on how to get back where the part that failed is not as it was either', async () => {
    const { uploads, database } = await both()
    const restore = uploads.restore
    const commit = (): Promise<never> => Promise.reject(new BackupError('corrupt', 'It was not put back.', { altered: true, hint: 'Put safe.db in its place.' }))
    uploads.restore = async (context) => ({ ...(await restore(context)), prepare: async () => {}, commit })
    const sink = await several({ uploads, database }).restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
    await expect(sink.commit()).rejects.toMatchObject({ altered: true, hint: 'Put safe.db in its place. Mend the cause and restore again, or put the safety copies back.' })
  })

  test('changes nothing when one part cannot be made ready', async () => {
    const { backup, database, uploads } = await both()
    await backup.run()
    const restore = uploads.restore
    let aborted = 0
    uploads.restore = async (context) => ({
      ...(await restore(context)),
      prepare: () => Promise.reject(new Error('no room')),
      abort: async () => void aborted++,
    })
    const source = several({ database, uploads })
    const sink = await source.restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
    await expect(sink.commit()).rejects.toThrow('no room')
    await sink.abort()
    expect(database.places.size).toBe(0)
    expect(aborted).toBe(1)
  })

  test('says what is restored already when a part fails in its last step', async () => {
    const { uploads, database } = await both()
    const restore = uploads.restore
    uploads.restore = async (context) => ({ ...(await restore(context)), prepare: async () => {}, commit: () => Promise.reject(new Error('locked')) })
    const sink = await several({ uploads, database }).restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
    const error = (await sink.commit().catch((thrown: unknown) => thrown)) as BackupError
    expect(error).toMatchObject({ kind: 'permanent', key: 'uploads', altered: true })
    expect(error.message).toContain('database (live)')
  })
})

test('names that cannot be parts are refused', () => {
  for (const name of ['', 'a/b', 'a.b', '-a', 'é']) expect(() => several({ [name]: memorySource() })).toThrow(/name/)
  expect(() => several({})).toThrow(/at least one/)
})
