import { describe, expect, it } from 'vitest'
import { createSamples } from './samples.ts'

describe('createSamples', () => {
  it('keeps the values of both sides in the order of the rounds', () => {
    const samples = createSamples()
    samples.add('ours', { 'first.wall': 1 })
    samples.add('peer', { 'first.wall': 4 })
    samples.add('peer', { 'first.wall': 5 })
    samples.add('ours', { 'first.wall': 2 })
    expect(samples.measurements('store', 'restic')).toEqual([
      { name: 'store.first.wall', unit: 's', peerName: 'restic', ours: [1, 2], peer: [4, 5] },
    ])
  })

  it('reports the highest memory of each round once', () => {
    const samples = createSamples()
    for (const side of ['ours', 'peer'] as const) {
      samples.add(side, { 'first.rss': 10 })
      samples.add(side, { 'changed.rss': 30 })
      samples.add(side, { 'first.rss': 40 })
      samples.add(side, { 'changed.rss': 20 })
    }
    expect(samples.measurements('store', 'restic')).toMatchObject([{ name: 'store.rss', ours: [30, 40] }])
  })

  it('refuses a name whose unit it does not know', () => {
    const samples = createSamples()
    for (const side of ['ours', 'peer'] as const) samples.add(side, { 'first.height': 10 })
    expect(() => samples.measurements('store', 'restic')).toThrow('no unit is known for "first.height"')
  })
})
