import type { Codec } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'
import { holds } from './provider-suite-place.ts'
import { seededRandom } from './seeded-random.ts'

/** A pair of plain and encoded bytes. */
export interface CodecSample {
  readonly name: string
  readonly plain: Uint8Array
  readonly stored: Uint8Array
}

export interface CodecTest {
  readonly name: string
  /** Only makes sense for codecs that can encode. */
  readonly encodes?: true
  run(bench: CodecBench): void
}

export interface CodecBench {
  readonly codec: Codec
  readonly checksum: boolean
  readonly samples: readonly CodecSample[]
}

/** The samples given, and those that the codec makes itself. */
export function samplesOf(codec: Codec, given: readonly CodecSample[]): CodecSample[] {
  if (!codec.encode) return [...given]
  // A result may be a view into a buffer that the next call reuses.
  const made = plains().map(({ name, plain }) => ({ name, plain, stored: codec.encode!(plain).slice() }))
  return [...given, ...made]
}

/**
 * What tends to go wrong: nothing, next to nothing, all alike, noise, text, and the sizes around powers of
 * two.
 */
export function plains(): { readonly name: string; readonly plain: Uint8Array }[] {
  const random = seededRandom(20_260_101)
  const text = (length: number): Uint8Array => {
    const words = ['invoice', 'paid', 'customer', 'Ærø', 'open', '\n', '4711', '…']
    let line = ''
    while (line.length < length) line += `${words[random.below(words.length)]!} `
    return new TextEncoder().encode(line).slice(0, length)
  }
  const pages = new Uint8Array(64 * 4096)
  for (let page = 0; page < 64; page++) {
    pages.set(page % 3 === 0 ? random.bytes(900) : text(2000), page * 4096)
  }
  const around = [255, 256, 257, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 262_145]

  return [
    { name: 'nothing', plain: new Uint8Array(0) },
    ...[1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 17, 31, 64].flatMap((length) => [
      { name: `${length} bytes alike`, plain: new Uint8Array(length).fill(7) },
      { name: `${length} bytes of noise`, plain: random.bytes(length) },
    ]),
    ...around.map((length) => ({ name: `text of ${length} bytes`, plain: text(length) })),
    { name: 'zeros', plain: new Uint8Array(300_000) },
    { name: 'noise', plain: random.bytes(150_000) },
    { name: 'counting bytes', plain: Uint8Array.from({ length: 70_000 }, (_, at) => at) },
    { name: 'short periods', plain: Uint8Array.from({ length: 9000 }, (_, at) => (at % 3) + (at % 5)) },
    { name: 'noise that returns far away', plain: twice(random.bytes(60_000)) },
    { name: 'pages', plain: pages },
  ]
}

function twice(bytes: Uint8Array): Uint8Array {
  const both = new Uint8Array(bytes.length * 2)
  both.set(bytes, 0)
  both.set(bytes, bytes.length)
  return both
}

/**
 * Decodes what may be damaged: the bytes, or `undefined` when it was refused in the one way that is allowed.
 */
export function attempt(
  codec: Codec,
  stored: Uint8Array,
  plainLength: number,
  what: string,
): Uint8Array | undefined {
  let plain: Uint8Array
  try {
    plain = codec.decode!(stored, plainLength)
  } catch (error) {
    holds(BackupError.is(error), `${what}: decode threw something that is no BackupError: ${String(error)}`)
    holds(
      error.kind === 'corrupt',
      `${what}: decode failed with ${error.kind} instead of corrupt (${error.message})`,
    )
    return undefined
  }
  holds(
    plain.length === plainLength,
    `${what}: decode returned ${plain.length} bytes instead of ${plainLength}`,
  )
  return plain
}

export function refused(codec: Codec, stored: Uint8Array, plainLength: number, what: string): void {
  holds(attempt(codec, stored, plainLength, what) === undefined, `${what}: decode succeeded`)
}
