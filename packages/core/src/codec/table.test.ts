import { expect, test } from 'vitest'
import { codecIds } from '../contract/codec.ts'
import { decoderFor, encoderFor, portableCodecs } from './table.ts'

test('every codec is at its number', () => {
  for (const [name, id] of Object.entries(codecIds)) {
    expect(portableCodecs[id]).toMatchObject({ id, name })
  }
})

test('plain JavaScript reads all but brotli, and writes store, gzip and lz4', () => {
  const codecs = Object.values(portableCodecs)
  expect(codecs.filter(({ decode }) => decode).map(({ name }) => name)).toEqual([
    'store',
    'gzip',
    'lz4',
    'zstd',
  ])
  expect(codecs.filter(({ encode }) => encode).map(({ name }) => name)).toEqual(['store', 'gzip', 'lz4'])
})

test('a decoder is found by its number', () => {
  const decode = decoderFor(portableCodecs, 0, 'portable')
  expect(decode(Uint8Array.of(1, 2), 2)).toEqual(Uint8Array.of(1, 2))
})

test.each([
  ['a codec that cannot be read', () => decoderFor(portableCodecs, 2, 'portable'), /portable.*brotli/],
  ['a codec that cannot be written', () => encoderFor(portableCodecs, 4, 'portable'), /portable.*zstd/],
  ['a number that is not known', () => decoderFor(portableCodecs, 5, 'portable'), /\b5\b/],
  ['a number that is no codec', () => encoderFor(portableCodecs, -1, 'portable'), /-1/],
])('%s is refused by name and runtime', (_, find, message) => {
  expect(find).toThrow(
    expect.objectContaining({ kind: 'unsupported', message: expect.stringMatching(message) }),
  )
})
