import { describe, expect, test } from 'vitest'
import { readHeader } from './header.ts'

function header(change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(100)
  bytes.set(new TextEncoder().encode('SQLite format 3\0'))
  const view = new DataView(bytes.buffer)
  view.setUint16(16, 4096)
  view.setUint32(24, 7)
  view.setUint32(28, 123)
  view.setUint32(92, 7)
  change(view)
  return bytes
}

test('the fields stand where the file format has them', () => {
  const bytes = header((view) => {
    view.setUint8(20, 12)
    view.setUint32(32, 77)
    view.setUint32(36, 5)
    view.setUint32(40, 9)
    view.setUint32(56, 2)
    view.setInt32(60, -3)
    view.setInt32(68, 0x47504b47)
  })
  expect(readHeader(bytes)).toEqual({
    pageBytes: 4096,
    changeCounter: 7,
    pageCount: 123,
    pageCountValid: true,
    firstFreePage: 77,
    freePages: 5,
    reservedBytes: 12,
    schemaCookie: 9,
    autoVacuum: 'none',
    encoding: 'UTF-16le',
    userVersion: -3,
    applicationId: 0x47504b47,
  })
})

test.each([
  [0, 0, 'none'],
  [4, 0, 'full'],
  [4, 1, 'incremental'],
])('with root page %i and flag %i the automatic vacuum is %s', (root, flag, autoVacuum) => {
  const bytes = header((view) => {
    view.setUint32(52, root)
    view.setUint32(64, flag)
  })
  expect(readHeader(bytes)).toMatchObject({ autoVacuum })
})

test('a page size of 65,536 is written as 1', () => {
  expect(readHeader(header((view) => view.setUint16(16, 1)))).toMatchObject({ pageBytes: 65536 })
})

test('the number of pages is not to be believed when an old SQLite wrote last', () => {
  expect(readHeader(header((view) => view.setUint32(24, 8)))).toMatchObject({ pageCountValid: false })
  expect(readHeader(header((view) => view.setUint32(28, 0)))).toMatchObject({ pageCountValid: false })
})

describe('what is no header is nothing', () => {
  test.each([
    ['too short', header().subarray(0, 99)],
    ['of another format', header((view) => view.setUint8(14, 0x34))],
    ['with pages of 1,000 bytes', header((view) => view.setUint16(16, 1000))],
    ['with pages of 256 bytes', header((view) => view.setUint16(16, 256))],
    ['with pages of no bytes', header((view) => view.setUint16(16, 0))],
  ])('%s', (_, bytes) => {
    expect(readHeader(bytes)).toBeUndefined()
  })
})
