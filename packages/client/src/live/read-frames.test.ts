import { expect, test } from 'vitest'
import { type Frame, readFrames } from './read-frames.ts'

const framesOf = async (...pieces: (string | Uint8Array)[]): Promise<Frame[]> => {
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece))
  const frames: Frame[] = []
  for await (const frame of readFrames(new Response(ReadableStream.from(bytes)).body!)) frames.push(frame)
  return frames
}

test.each(['\n', '\r\n', '\r'])('lines may end in any of the three ways: %j', async (end) => {
  expect(await framesOf(['event: job', 'id: 7', 'data: {"a":1}', '', ''].join(end))).toEqual([{ id: '7', data: '{"a":1}' }])
})

test('frames may arrive in any pieces, cut within a character', async () => {
  const bytes = new TextEncoder().encode('data: "é"\n\ndata: 2\n\n')
  expect(await framesOf(...Array.from(bytes, (byte) => new Uint8Array([byte])))).toEqual([{ data: '"é"' }, { data: '2' }])
})

test('several lines of data are one text', async () => {
  expect(await framesOf('data: a\ndata:b\n\n')).toEqual([{ data: 'a\nb' }])
})

test('a comment is a sign of life without data', async () => {
  expect(await framesOf(': ping\n\n')).toEqual([{}])
})

test('what was not finished was not said', async () => {
  expect(await framesOf('data: 1\n\ndata: half')).toEqual([{ data: '1' }])
})
