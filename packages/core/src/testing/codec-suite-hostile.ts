import { type CodecBench, type CodecSample, type CodecTest, attempt, refused } from './codec-suite-samples.ts'
import { holds, same } from './provider-suite-place.ts'
import { seededRandom } from './seeded-random.ts'

const MiB = 1024 * 1024

export const hostileTests: readonly CodecTest[] = [
  {
    name: 'refuses to decode to another length',
    run({ codec, samples }) {
      for (const { name, plain, stored } of samples) {
        for (const length of [
          0,
          plain.length - 1,
          plain.length + 1,
          plain.length * 2 + 1,
          plain.length + 65_536,
        ]) {
          if (length !== plain.length) refused(codec, stored, length, `${name} as ${length} bytes`)
        }
      }
    },
  },
  {
    name: 'refuses lengths that make no sense',
    run({ codec, samples }) {
      for (const { name, stored } of samples.slice(0, 4)) {
        for (const length of [
          -1,
          0.5,
          Number.NaN,
          Number.POSITIVE_INFINITY,
          2 ** 40,
          Number.MAX_SAFE_INTEGER,
        ]) {
          refused(codec, stored, length, `${name} as ${length} bytes`)
        }
      }
    },
  },
  {
    name: 'refuses bytes behind the end',
    run({ codec, samples }) {
      for (const { name, plain, stored } of samples) {
        for (const tail of [[0], [255], [0, 0, 0, 0, 0, 0, 0, 0], [...stored.subarray(0, 64)]]) {
          if (tail.length > 0) {
            refused(codec, joined(stored, tail), plain.length, `${name} and ${tail.length} bytes`)
          }
        }
      }
    },
  },
  {
    name: 'refuses what was cut short',
    run({ codec, samples }) {
      const random = seededRandom(1)
      for (const { name, plain, stored } of samples) {
        for (const length of places(random, stored.length, effort(stored))) {
          refused(codec, stored.subarray(0, length), plain.length, `${name}, the first ${length} bytes`)
        }
      }
    },
  },
  {
    name: 'withstands every changed bit',
    run(bench) {
      const random = seededRandom(2)
      for (const sample of bench.samples) {
        for (const place of places(random, sample.stored.length * 8, effort(sample.stored))) {
          const changed = sample.stored.slice()
          changed[place >> 3]! ^= 1 << (place & 7)
          withstands(bench, sample, changed, `bit ${place} changed`)
        }
      }
    },
  },
  {
    name: 'withstands bytes replaced, exchanged and left out',
    run(bench) {
      const random = seededRandom(3)
      for (const sample of bench.samples) {
        for (let times = sample.stored.length > 0 ? effort(sample.stored) / 4 : 0; times > 0; times--) {
          withstands(bench, sample, edited(random, sample.stored), 'edited')
        }
      }
    },
  },
  {
    name: 'withstands noise',
    run({ codec, samples }) {
      const random = seededRandom(4)
      for (let times = 0; times < 2000; times++) {
        const noise = random.bytes(random.below(times % 100 === 0 ? 20_000 : 60))
        // Noise seldom passes the first bytes, so some of it wears the beginning of a real stream.
        const { stored } = samples[random.below(samples.length)]!
        if (times % 2 === 0) noise.set(stored.subarray(0, Math.min(10, stored.length, noise.length)))
        attempt(codec, noise, random.below(5) === 0 ? noise.length : random.below(4000), 'noise')
      }
    },
  },
  {
    name: 'does not expand a bomb',
    encodes: true,
    run({ codec }) {
      const bomb = codec.encode!(new Uint8Array(16 * MiB)).slice()
      const before = performance.now()
      for (const length of [0, 1, 1000, MiB]) {
        refused(codec, bomb, length, `16 MiB of zeros as ${length} bytes`)
      }
      const tookMs = performance.now() - before
      holds(tookMs < 2000, `it took ${Math.round(tookMs)} ms to refuse a bomb four times`)
    },
  },
]

/** How many variations of a stream are worth the time that its decoding takes. */
function effort(stored: Uint8Array): number {
  return stored.length > 20_000 ? 36 : 160
}

/** All places, or some where there are too many. The first and last ones are always among them. */
function places(random: ReturnType<typeof seededRandom>, count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, at) => at)
  const edge = Math.floor(most / 3)
  return Array.from({ length: most }, (_, at) => {
    if (at < edge) return at
    return at < 2 * edge ? count - 1 - (at - edge) : random.below(count)
  })
}

function edited(random: ReturnType<typeof seededRandom>, stored: Uint8Array): Uint8Array {
  const bytes = [...stored.subarray(0, 4096)]
  const rest = stored.subarray(4096)
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(bytes.length)
    const kind = random.below(4)
    if (kind === 0) bytes[at] = random.below(256)
    if (kind === 1) bytes.splice(at, 1 + random.below(3))
    if (kind === 2) bytes.splice(at, 0, random.below(256), random.below(256))
    if (kind === 3) bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length))
    if (bytes.length === 0) break
  }
  return joined(Uint8Array.from(bytes), rest)
}

function joined(first: Uint8Array, second: ArrayLike<number>): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first, 0)
  both.set(second, first.length)
  return both
}

function withstands(
  { codec, checksum }: CodecBench,
  sample: CodecSample,
  changed: Uint8Array,
  how: string,
): void {
  const plain = attempt(codec, changed, sample.plain.length, `${sample.name}, ${how}`)
  if (plain && checksum) same(plain, sample.plain, `${sample.name}, ${how}, in spite of its checksum`)
}
