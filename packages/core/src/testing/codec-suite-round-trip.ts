import { codecIds } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'
import { type CodecTest, plains } from './codec-suite-samples.ts'
import { holds, same } from './provider-suite-place.ts'

export const roundTripTests: readonly CodecTest[] = [
  {
    name: 'is known by its name and number',
    run({ codec }) {
      holds(codecIds[codec.name] === codec.id, `codec "${codec.name}" does not have number ${codec.id}`)
    },
  },
  {
    name: 'has a default level among its levels',
    run({ codec: { levels } }) {
      const { min, max, default: usual } = levels
      holds([min, max, usual].every(Number.isInteger), 'levels are not whole numbers')
      holds(min <= usual && usual <= max, `the default level ${usual} is not from ${min} to ${max}`)
    },
  },
  {
    name: 'refuses levels that it does not have',
    encodes: true,
    run({ codec }) {
      const { min, max } = codec.levels
      for (const level of [min - 1, max + 1, min + 0.5, Number.NaN]) {
        let error: unknown
        try {
          codec.encode!(new Uint8Array(100), level)
        } catch (thrown) {
          error = thrown
        }
        holds(BackupError.is(error, 'config'), `level ${level} was not refused with config`)
      }
    },
  },
  {
    name: 'gives back what was encoded',
    run({ codec, samples }) {
      for (const { name, plain, stored } of samples) same(codec.decode!(stored, plain.length), plain, name)
    },
  },
  {
    name: 'gives back what was encoded at every level',
    encodes: true,
    run({ codec }) {
      const { min, max } = codec.levels
      for (let level = min; level <= max; level++) {
        for (const { name, plain } of plains().filter((_, at) => at % 4 === level % 4)) {
          same(codec.decode!(codec.encode!(plain, level), plain.length), plain, `${name} at level ${level}`)
        }
      }
    },
  },
  {
    name: 'leaves its input as it was',
    run({ codec, samples }) {
      for (const { name, plain, stored } of samples) {
        const [plainBefore, storedBefore] = [plain.slice(), stored.slice()]
        codec.encode?.(plain)
        codec.decode!(stored, plain.length)
        same(plain, plainBefore, `${name}, the plain bytes`)
        same(stored, storedBefore, `${name}, the encoded bytes`)
      }
    },
  },
  {
    name: 'works on views into larger memory',
    run({ codec, samples }) {
      for (const { name, plain, stored } of samples) {
        same(codec.decode!(within(stored), plain.length), plain, name)
        if (codec.encode) {
          same(codec.decode!(codec.encode(within(plain)), plain.length), plain, `${name}, encoded`)
        }
      }
    },
  },
  {
    name: 'leaves earlier results alone when it decodes again',
    run({ codec, samples }) {
      const results = samples.map(({ plain, stored }) => codec.decode!(stored, plain.length))
      samples.forEach(({ name, plain }, at) => same(results[at]!, plain, name))
    },
  },
]

/** The same bytes, with others before and after them in memory. */
function within(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 64).fill(0xa5)
  larger.set(bytes, 33)
  return larger.subarray(33, 33 + bytes.length)
}
