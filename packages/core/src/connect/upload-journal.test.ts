import { expect, test, vi } from 'vitest'
import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { suiteIds } from '../contract/suite.ts'
import { createRing } from '../format/ring.ts'
import { createMemoryState, portableRuntime } from '../portable/runtime.ts'
import { uploadNotes } from './upload-journal.ts'

const ring = createRing(portableRuntime.crypto, suiteIds['aes-256-gcm'], new Date('2031-01-01T00:00:00Z'))
const url = 'https://upload.example.com/session/a-permission-to-write'
let now = new Date('2031-01-01T00:00:00Z')
const open = (state: StateStore) => uploadNotes(portableRuntime, async () => state, () => now)

test('a note is there for the next process, for the same provider, and gone when it is removed', async () => {
  const state = createMemoryState()
  const first = open(state)
  first.unlock(ring)
  await first.at('gdrive:a').write('packs/00/one', url)
  await first.at('gdrive:a').write('packs/00/two', 'second')

  const next = open(state)
  next.unlock(ring)
  const journal = next.at('gdrive:a')
  expect(await journal.read('packs/00/one')).toBe(url)
  expect((await journal.keys()).sort()).toEqual(['packs/00/one', 'packs/00/two'])
  expect(await next.at('gdrive:b').read('packs/00/one')).toBeUndefined()
  expect(await next.at('gdrive:b').keys()).toEqual([])
  await journal.remove('packs/00/one')
  expect(await journal.read('packs/00/one')).toBeUndefined()
  expect(await journal.keys()).toEqual(['packs/00/two'])
})

test('nobody reads it without the keys of the repository', async () => {
  const state = createMemoryState()
  const notes = open(state)
  const journal = notes.at('gdrive:a')
  // Before the repository is open nothing can be sealed, so nothing is kept.
  await journal.write('packs/00/one', url)
  expect(await state.list()).toEqual([])
  notes.unlock(ring)
  await journal.write('packs/00/one', url)
  for (const item of await state.list()) {
    expect(item).not.toContain('one')
    expect(new TextDecoder('latin1').decode(await state.read(item))).not.toContain('session')
  }
  const stranger = open(state)
  stranger.unlock(createRing(portableRuntime.crypto, suiteIds['aes-256-gcm'], new Date()))
  expect(await stranger.at('gdrive:a').read('packs/00/one')).toBeUndefined()
})

test('a damaged, exchanged or unreadable note is no note', async () => {
  const state = createMemoryState()
  const notes = open(state)
  notes.unlock(ring)
  const journal = notes.at('gdrive:a')
  for (const key of ['packs/00/one', 'packs/00/two', 'packs/00/three']) await journal.write(key, `note of ${key}`)
  const [a, b, c] = await state.list()
  const damaged = (await state.read(a!))!.map((byte, at) => (at === 20 ? byte ^ 1 : byte))
  await state.write(a!, damaged)
  await state.write(b!, (await state.read(c!))!)
  expect(await journal.keys()).toHaveLength(1)

  const broken = uploadNotes(portableRuntime, () => Promise.reject(new BackupError('auth', 'No access.')), () => now)
  broken.unlock(ring)
  await broken.at('gdrive:a').write('packs/00/one', 'x')
  expect(await broken.at('gdrive:a').read('packs/00/one')).toBeUndefined()
  expect(await broken.at('gdrive:a').keys()).toEqual([])
})

test('what is too old to be of use is thrown away, and so is what keys of before have sealed; others keep theirs', async () => {
  const state = createMemoryState()
  const notes = open(state)
  notes.unlock(ring)
  await notes.at('gdrive:a').write('packs/00/old', url)
  now = new Date('2031-01-08T00:00:00Z')
  await notes.at('gdrive:a').write('packs/00/young', url)
  const rotated = open(state)
  rotated.unlock(createRing(portableRuntime.crypto, suiteIds['aes-256-gcm'], now))
  await rotated.at('gdrive:a').write('packs/00/sealed-otherwise', url)
  await rotated.at('gdrive:of-another-repository').write('packs/00/theirs', url)
  expect(await state.list()).toHaveLength(4)

  now = new Date('2031-01-10T00:00:00Z')
  const later = open(state)
  const journal = later.at('gdrive:a')
  later.unlock(ring)
  await vi.waitFor(async () => expect(await state.list()).toHaveLength(2))
  expect(await journal.keys()).toEqual(['packs/00/young'])
  expect(await rotated.at('gdrive:of-another-repository').keys()).toEqual(['packs/00/theirs'])
})
