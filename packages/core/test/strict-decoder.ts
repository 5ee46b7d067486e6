import { expect } from 'vitest'
import { BackupError, type ErrorKind } from '../src/errors.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'

/** A decoder of bytes that nobody vouches for. */
export interface StrictDecoder<Value> {
  decode(bytes: Uint8Array): Value | Promise<Value>
  /** Where there is one spelling for each value: what is taken must be what would have been written. */
  encode?(value: Value): Uint8Array
  /** Kinds of error it may refuse with. */
  readonly kinds?: readonly ErrorKind[]
}

/** What a decoder made of some bytes. Any error that is not a refusal of an allowed kind is thrown. */
export async function verdict<Value>(
  decoder: StrictDecoder<Value>,
  bytes: Uint8Array,
): Promise<'taken' | ErrorKind> {
  const kinds = decoder.kinds ?? ['corrupt', 'unsupported']
  try {
    const value = await decoder.decode(bytes)
    if (decoder.encode) expect(decoder.encode(value)).toEqual(bytes)
    return 'taken'
  } catch (error) {
    if (BackupError.is(error, ...kinds)) return error.kind
    throw error
  }
}

/** How often a decoder took bytes that were changed, and how often it refused them. */
export interface Campaign {
  readonly taken: number
  readonly refused: number
}

/**
 * Damages a valid input in every place and fills in rubbish. Cut short it must be refused; otherwise it may be
 * taken or refused, and nothing else may happen.
 *
 * @returns what became of the inputs with one flipped bit
 */
export async function damageEverywhere<Value>(
  decoder: StrictDecoder<Value>,
  valid: Uint8Array,
): Promise<Campaign> {
  expect(await verdict(decoder, valid)).toBe('taken')
  for (let length = 0; length < valid.length; length++) {
    expect(await verdict(decoder, valid.slice(0, length)), `cut to ${length} bytes`).not.toBe('taken')
  }
  const random = seededRandom(valid.length)
  for (let round = 0; round < 300; round++) {
    const rubbish = random.bytes(random.below(200))
    await verdict(decoder, rubbish)
    // Rubbish behind a good beginning comes further.
    await verdict(decoder, Uint8Array.from([...valid.subarray(0, random.below(valid.length)), ...rubbish]))
  }
  return flipEveryBit(decoder, valid)
}

async function flipEveryBit<Value>(
  decoder: StrictDecoder<Value>,
  valid: Uint8Array,
): Promise<Campaign> {
  let taken = 0
  for (let bit = 0; bit < valid.length * 8; bit++) {
    const damaged = valid.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    if ((await verdict(decoder, damaged)) === 'taken') taken++
  }
  return { taken, refused: valid.length * 8 - taken }
}

/** Every version of a JSON value in which one part, however deep, is missing or is something else. */
export function* otherwise(value: unknown): Generator<unknown> {
  yield* strangers
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) {
    yield Array.isArray(value) ? value.filter((_, at) => at !== Number(name)) : without(value, name)
    for (const other of otherwise(part)) yield replaced(value, name, other)
  }
}

const strangers: readonly unknown[] = [
  null,
  true,
  '',
  'a',
  '\u0000\ud800',
  -1,
  0,
  0.5,
  1,
  2 ** 32,
  2 ** 53,
  1e300,
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  JSON.parse('{"__proto__":{"complete":true}}'),
]

function without(value: object, name: string): unknown {
  return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
}

function replaced(value: object, name: string, part: unknown): unknown {
  if (Array.isArray(value)) return value.map((old: unknown, at) => (at === Number(name) ? part : old))
  return Object.fromEntries(
    Object.entries(value).map(([other, old]: [string, unknown]) => [other, other === name ? part : old]),
  )
}
