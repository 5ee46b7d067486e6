import { holds } from './provider-suite-place.ts'
import { sameStreams, type SourcePlace, type SourceTest } from './source-suite-place.ts'
import type { Streams, Taken } from './source-suite-user.ts'
import { seededRandom } from './seeded-random.ts'

/** For sources that find changed pages themselves. */
export const changeTests: readonly SourceTest[] = [
  {
    name: 'hands out everything when it knows of no state',
    async run({ take }) {
      const { incremental, kinds, states } = await take()
      holds(kinds.has('changed') || kinds.has('spliced'), 'it hands out no changed content, and no spliced; leave `changed` away')
      holds(incremental.size === 0, 'it calls incremental what nobody gave it a state for')
      holds(states.size > 0, 'it has no state to hand over')
    },
  },
  {
    name: 'makes of the last snapshot and what changed the same as all of it',
    async run({ fixture, take }) {
      let last = await take()
      let used = 0
      for (let round = 0; round < 6; round++) {
        // Also when nothing changed since.
        if (round !== 2) await fixture.change()
        const next = await take({ previous: last })
        sameStreams(next.streams, (await take()).streams, `snapshot ${round + 2}, made of the one before and changes,`)
        used += next.incremental.size
        last = next
      }
      holds(used > 0, 'it never used the state that it was given')
    },
  },
  {
    name: 'does not take the state of one snapshot for that of another',
    async run(place) {
      const { fixture, take } = place
      const first = await take()
      await fixture.change()
      const second = await take({ previous: first })
      await fixture.change()
      const { streams } = await take()
      await expectRight(place, first, streams)
      await expectRight(place, second, streams)
    },
  },
  {
    name: 'makes the best of a state that is damaged: right, if slower',
    async run(place) {
      const { fixture, take } = place
      const last = await take()
      await fixture.change()
      const { streams } = await take()
      const random = seededRandom(7)
      const damages: ((state: Uint8Array) => Uint8Array)[] = [
        () => new Uint8Array(0),
        () => new Uint8Array(100),
        ({ length }) => random.bytes(length),
        ({ length }) => new Uint8Array(length),
        (state) => state.slice(0, state.length >> 1),
        (state) => state.slice(0, -1),
        (state) => Uint8Array.from([...state, 0]),
        ...Array.from({ length: 40 }, () => (state: Uint8Array) => flipped(state, random.below(state.length * 8))),
        // The beginning is where sizes and versions are.
        ...Array.from({ length: 64 }, (_, at) => (state: Uint8Array) => flipped(state, (at * 5) % (state.length * 8))),
      ]
      for (const damage of damages) {
        const states = new Map([...last.states].map(([name, state]) => [name, damage(state)]))
        await expectRight(place, { ...last, states }, streams)
      }
    },
  },
]

/** Whatever state it is given, what it hands out makes of the data that belongs to that state the data of today. */
async function expectRight({ take }: SourcePlace, previous: Pick<Taken, 'streams' | 'states'>, today: Streams): Promise<void> {
  sameStreams((await take({ previous })).streams, today, 'a snapshot made with a state of an earlier time')
}

function flipped(state: Uint8Array, bit: number): Uint8Array {
  const copy = state.slice()
  if (copy.length > 0) copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}
