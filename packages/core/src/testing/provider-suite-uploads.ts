import { BackupError } from '../errors.ts'
import { memoryJournal } from './memory-journal.ts'
import { fails, holds, patient, same, type Place, type ProviderTest } from './provider-suite-place.ts'

// What becomes of an upload that does not go as planned: the line breaks, the store forgets, the answer is
// lost.

const key = 'packs/0a/0a01'
const dayMs = 86_400_000

export const uploadTests: readonly ProviderTest[] = [
  {
    name: 'stores nothing of a put whose body breaks off on the way',
    covers: [6],
    needs: ['dies-mid-upload'],
    async run(place) {
      const { provider, settles } = place
      await breakOff(place, bodyOf(place))
      holds((await provider.stat(key)) === undefined, 'half a put is there as an object')
      await fails('not-found', () => provider.get(key))
      await settles('', [])
    },
  },
  {
    name: 'stores nothing of a body that is not what its hash says',
    covers: [7],
    async run({ provider, random, refuses, settles }) {
      const sha256 = 'ab'.repeat(32)
      await refuses(['corrupt', 'permanent', 'transient'], () =>
        provider.put(key, random.bytes(10_000), { sha256 }),
      )
      holds((await provider.stat(key)) === undefined, 'a body is there that is not what its hash says')
      await settles('packs/', [])
    },
  },
  {
    name: 'goes on in another process with an upload that broke off',
    covers: [8],
    needs: ['dies-mid-upload', 'chunkBytes', 'sentBytes'],
    created: false,
    async run(place) {
      const { fixture, provider, other } = place
      const journal = memoryJournal()
      const body = bodyOf(place)
      const before = sentBytes(place)
      await provider.open({ create: true, journal })
      await breakOff(place, body)
      const parallelBytes = (fixture.parallelChunks ?? 1) * (fixture.chunkBytes ?? 0)
      holds(
        sentBytes(place) - before > parallelBytes,
        'the connection broke before anything was sure to be kept',
      )
      holds(journal.notes.size > 0, 'an upload that broke off left no note in the journal')
      const second = await other({ journal })
      await second.put(key, body)
      same(await second.get(key), body, 'an object whose upload two processes shared')
      const sent = sentBytes(place) - before
      const twice = sent - body.length
      holds(
        twice <= parallelBytes,
        `two processes sent ${twice} bytes twice; at most what was under way may be lost`,
      )
      holds(journal.notes.size === 0, 'the journal still has a note about an upload that is done')
    },
  },
  {
    name: 'goes on where the store is when it kept less than was sent',
    covers: [9],
    needs: ['keeps-fewer', 'chunkBytes', 'sentBytes'],
    async run(place) {
      const { fixture, provider, inject } = place
      const body = bodyOf(place)
      const before = sentBytes(place)
      const fault = await inject('keeps-fewer')
      await provider.put(key, body)
      holds(fault.happened() > 0, 'the store kept all it was sent')
      same(await provider.get(key), body, 'an object of which the store kept less at first')
      const sent = sentBytes(place) - before
      const allowed = body.length + (fixture.chunkBytes ?? 0)
      holds(sent <= allowed, `${sent} bytes were sent for ${body.length}: only what was not kept goes again`)
    },
  },
  {
    name: 'begins anew when the store has forgotten the upload',
    covers: [10],
    needs: ['session-gone', 'chunkBytes'],
    created: false,
    async run(place) {
      const { provider, inject, settles } = place
      const journal = memoryJournal()
      await provider.open({ create: true, journal })
      const body = bodyOf(place)
      const fault = await inject('session-gone')
      await patient(provider).put(key, body)
      holds(fault.happened() > 0, 'no upload session was gone')
      same(await provider.get(key), body, 'an object whose upload began anew')
      holds(journal.notes.size === 0, 'the journal still has a note about an upload that is done')
      await settles('', [key])
    },
  },
  {
    name: 'begins anew when what the journal says is out of date',
    covers: [10],
    needs: ['dies-mid-upload', 'session-gone', 'chunkBytes'],
    created: false,
    async run(place) {
      const { provider, inject, other } = place
      const journal = memoryJournal()
      await provider.open({ create: true, journal })
      const body = bodyOf(place)
      await breakOff(place, body)
      const fault = await inject('session-gone')
      const second = await other({ journal })
      await patient(second).put(key, body)
      holds(fault.happened() > 0, 'no upload session was gone')
      same(await second.get(key), body, 'an object whose upload began anew')
      holds(journal.notes.size === 0, 'the journal still has a note about an upload that is done')
    },
  },
  {
    name: 'takes a put whose answer was lost for what it is: done',
    covers: [11],
    needs: ['lost-reply'],
    async run(place) {
      const { provider, inject, settles } = place
      const body = bodyOf(place)
      const fault = await inject('lost-reply')
      await patient(provider).put(key, body)
      holds(fault.happened() > 0, 'no answer was lost')
      same(await provider.get(key), body, 'an object whose put got no answer')
      await settles('', [key])
      await provider.delete(key)
      holds((await provider.stat(key)) === undefined, 'a put whose answer was lost left a second object')
    },
  },
  {
    name: 'leaves no unfinished upload behind when a put is cancelled',
    covers: [14],
    needs: ['leftovers', 'chunkBytes'],
    async run(place) {
      const { fixture, provider } = place
      const controller = new AbortController()
      await provider
        .put(key, bodyOf(place), { signal: controller.signal, onProgress: () => controller.abort() })
        .catch((error: unknown) =>
          holds(BackupError.is(error, 'cancelled'), `${String(error)} is not cancelled`),
        )
      holds(controller.signal.aborted, 'a put of several chunks told no progress')
      const left = await fixture.leftovers?.()
      holds(left === 0, `a cancelled put left ${left} unfinished uploads`)
    },
  },
  {
    name: 'clears away its own old uploads that nobody goes on with, and no others',
    covers: [39],
    needs: ['dies-mid-upload', 'chunkBytes', 'leftovers', 'othersUploads', 'litter', 'pass'],
    created: false,
    async run(place) {
      const { fixture, provider, other } = place
      const journal = memoryJournal()
      await provider.open({ create: true, journal })
      await fixture.litter?.()
      const theirs = await fixture.othersUploads?.()
      holds(theirs !== undefined && theirs > 0, 'litter() began no upload of others')
      await breakOff(place, bodyOf(place))
      const left = await fixture.leftovers?.()
      holds(left !== undefined && left > 0, 'an upload that broke off left nothing to clear away')
      await fixture.pass?.(8 * dayMs)
      const second = await other({ create: true, journal })
      await second.put('packs/0b/another', new Uint8Array(10))
      holds((await fixture.leftovers?.()) === 0, 'an upload that nobody goes on with is still there')
      holds((await fixture.othersUploads?.()) === theirs, 'an upload of somebody else was cleared away')
      holds(journal.notes.size === 0, 'the journal still has a note about an upload that was cleared away')
    },
  },
]

/**
 * Large enough to break off in the middle, when some chunks are kept and some are not: three of them and
 * seven bytes.
 */
function bodyOf({ fixture, random }: Place): Uint8Array {
  const { chunkBytes = 1024 * 1024, parallelChunks = 1 } = fixture
  return random.bytes((parallelChunks + 2) * chunkBytes + 7)
}

function sentBytes({ fixture }: Place): number {
  return fixture.sentBytes?.() ?? 0
}

/** A put during which the line breaks for good, as it does for a process that is killed. */
async function breakOff({ provider, inject }: Place, body: Uint8Array): Promise<void> {
  const fault = await inject('dies-mid-upload')
  await fails('transient', () => provider.put(key, body))
  holds(fault.happened() > 0, 'no connection broke')
  await fault.end()
}
