import { describe, test } from 'vitest'
import type { Codec } from '../contract/codec.ts'
import { portableCodecs } from '../codec/table.ts'
import { codecSuite } from '../testing/codec-suite.ts'
import { type CodecSample, plains } from '../testing/codec-suite-samples.ts'
import { codecVectors } from '../testing/vectors/codec-vectors.ts'
import { nodeCodecs } from './codecs.ts'

/** gzip alone has a checksum that its decoders always compare. */
const checksum = ({ name }: Codec): boolean => name === 'gzip'

describe.each(Object.values(nodeCodecs).map((codec) => [codec.name, codec] as const))(
  '%s on Node',
  (name, codec) => {
    codecSuite({ describe, test }, () => codec, { samples: codecVectors(name), checksum: checksum(codec) })
  },
)

describe.each(
  Object.values(portableCodecs)
    .filter(({ decode }) => decode)
    .map((codec) => [codec.name, codec] as const),
)('%s in plain JavaScript', (name, codec) => {
  const samples = codec.encode
    ? codecVectors(name)
    : [...codecVectors(name), ...encodedNatively(nodeCodecs[codec.id])]
  codecSuite({ describe, test }, () => codec, { samples, checksum: checksum(codec) })
})

/** What a codec without encoder is tested with, beyond the fixed samples. */
function encodedNatively({ encode, levels }: Codec): CodecSample[] {
  if (!encode) return []
  return plains().map(({ name, plain }, at) => {
    const level = [levels.min, levels.default, 9, 19][at % 4]!
    return { name: `${name} at level ${level}`, plain, stored: encode(plain, level).slice() }
  })
}
