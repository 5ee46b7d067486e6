import { expect, test } from 'vitest'
import { createPaint } from './paint.ts'
import { type Progress, progressLine, progressWords } from './progress-line.ts'

const plain = createPaint(false)
const half = { label: 'reading', doneBytes: 50e6, totalBytes: 100e6, bytesPerSecond: 212e6, leftMs: 236 }
const widths = Array.from({ length: 200 }, (_, columns) => columns + 1)

test('a line shows phase, share, rate and time left', () => {
  const bar = `${'━'.repeat(16)}${'─'.repeat(16)}`
  expect(progressLine(half, 80, plain)).toBe(`reading    ${bar}     50 %   212 MB/s     1 s left`)
})

test('a line shows how many files, where they are counted and there is room', () => {
  const counted = { ...half, items: { unit: 'files', done: 1204, total: 5000 } } as const
  expect(progressLine(counted, 120, plain)).toMatch(/50 % +212 MB\/s +1 s left +1,204 of 5,000 files$/)
  expect(progressLine(counted, 60, plain)).not.toContain('files')
  expect(progressWords({ ...half, items: { unit: 'rows', done: 7 } })).toContain('50 % of 100.0 MB, 7 rows, 212 MB/s')
})

test('no line reaches the last column, however narrow the terminal is', () => {
  const amount = { label: 'reading', doneBytes: 5e9, bytesPerSecond: 1e9 }
  const cases: Progress[] = [half, amount, { label: 'storing' }]
  const wide = (columns: number): boolean =>
    cases.some((progress) => progressLine(progress, columns, plain).length >= columns)
  expect(widths.filter(wide)).toEqual([])
})

test('sixty columns have room for everything', () => {
  expect(progressLine(half, 60, plain)).toMatch(/━+╸?─+ +50 % +212 MB\/s +1 s left$/)
})

test('on a narrow terminal the time left goes first, then the rate', () => {
  expect(progressLine(half, 50, plain)).toMatch(/━+╸?─+ +50 % +212 MB\/s$/)
  expect(progressLine(half, 36, plain)).toMatch(/━+╸?─+ +50 %$/)
})

test('nothing jumps while numbers grow', () => {
  const lines = [0, 1e6, 9.9e6, 55e6, 100e6].map((doneBytes) => {
    const leftMs = 1 + (100e6 - doneBytes) / 1e3
    return progressLine({ ...half, doneBytes, leftMs, bytesPerSecond: doneBytes * 10 }, 80, plain)
  })
  expect(new Set(lines.map((line) => line.length)).size).toBe(1)
  expect(new Set(lines.map((line) => line.indexOf('%'))).size).toBe(1)
})

test('100 % is only said when it is so', () => {
  expect(progressLine({ ...half, doneBytes: 99_999_999 }, 80, plain)).toContain(' 99 %')
  expect(progressLine({ ...half, doneBytes: 100e6 }, 80, plain)).toContain('100 %')
  expect(progressLine({ ...half, doneBytes: 101e6 }, 80, plain)).toContain('100 %')
})

test('without a total there is no bar, but the amount', () => {
  const { totalBytes: _, leftMs: __, ...open } = half
  expect(progressLine(open, 80, plain).trimEnd()).toBe('reading      50.0 MB   212 MB/s')
})

test('in words it is the same', () => {
  expect(progressWords(half)).toBe('reading: 50 % of 100.0 MB, 212 MB/s, 1 s left')
  expect(progressWords({ label: 'reading', doneBytes: 5e6 })).toBe('reading: 5.0 MB')
  expect(progressWords({ label: 'storing' })).toBe('storing …')
})
