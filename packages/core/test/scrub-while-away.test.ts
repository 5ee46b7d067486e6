import { expect, test } from 'vitest'
import { BackupError } from '../src/index.ts'
import { memorySource } from '../src/testing/index.ts'
import { noise } from './fixtures.ts'
import { machine } from './machine.ts'
import { switched } from './switched.ts'

test('what is damaged at one provider while the only other one is away is noted, not lost, and healed when that is back', async () => {
  const [here, away] = [switched(), switched()].map((place, at) => Object.assign(place, { location: `memory:${at}` }))
  const backup = machine({ source: memorySource({ main: noise(50_000, 1) }), providers: [here!, away!], copies: { required: 1 }, clock: () => new Date() })
  await backup.init()
  await backup.run()
  await backup.sync()
  const objects = here!.inner.objects
  const key = [...objects.keys()].find((one) => one.startsWith('packs/'))!
  const sound = objects.get(key)!
  const flipped = sound.slice()
  flipped[1000]! ^= 1
  objects.set(key, flipped)
  away!.fault = new BackupError('target-missing', 'The disk is not there.', { plugin: 'memory' })

  const seen = await backup.scrub({ budgetBytes: 1e9 })
  expect(seen.ok).toBe(false)
  expect(seen.damaged).toMatchObject([{ location: here!.location, key, kind: 'corrupt', snapshots: [] }])
  expect(seen.places.find(({ location }) => location === here!.location)).toMatchObject({ packs: 1, readBytes: expect.any(Number) as number })
  expect(seen.places.find(({ location }) => location === here!.location)?.problem).toBeUndefined()
  // Also what was found earlier is looked at again without a failure.
  expect(await backup.scrub({ budgetBytes: 1e9 })).toMatchObject({ ok: false, damaged: [{ key, snapshots: [] }] })

  away!.fault = undefined
  await backup.sync()
  expect(await backup.scrub({ budgetBytes: 1e9 })).toMatchObject({ ok: true, healed: [{ location: here!.location, key }], damaged: [] })
  expect(Buffer.compare(objects.get(key)!, sound)).toBe(0)
})
