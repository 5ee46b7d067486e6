import { expect, test } from 'vitest'
import { exactly, rowOf, valueOf } from './cells.ts'

test('a value goes over the wire and comes back as it was, however long it is', () => {
  const large = new Uint8Array(1_000_003).map((_, at) => (at * 7919) % 251)
  for (const value of [null, 1.5, 9_007_199_254_740_993n, 'x', Number.POSITIVE_INFINITY, new Uint8Array(), new Uint8Array([0, 255]), large]) {
    const sent = JSON.parse(JSON.stringify(exactly(value))) as ReturnType<typeof exactly>
    expect(valueOf(sent)).toEqual(value)
  }
})

test('a row for people has the beginning of what is long', () => {
  expect(rowOf({ photo: new Uint8Array(200_000).fill(65) })).toEqual({ photo: { base64: btoa('A'.repeat(96)), bytes: 200_000 } })
})
