import { expect, test } from 'vitest'
import { createPaint } from './paint.ts'
import { type Column, tableLines } from './table.ts'

const columns: Column[] = [
  { title: '', align: 'left' },
  { title: 'Data', align: 'right' },
  { title: 'New', align: 'right', spare: true },
  { title: 'Speed', align: 'right', spare: true },
]
const rows = [['First', '100.1 MB', '100.1 MB', '212 MB/s'], ['Again', '100.1 MB', '0 B', '900 MB/s']]
const lines = (width: number): string[] => tableLines(columns, rows, width, createPaint(false))

test('text stands on the left and amounts on the right', () => {
  expect(lines(80)).toEqual([
    '           Data       New     Speed',
    'First  100.1 MB  100.1 MB  212 MB/s',
    'Again  100.1 MB       0 B  900 MB/s',
  ])
})

test('spare columns are left out from the right where there is no room', () => {
  expect(lines(34)).toEqual([
    '           Data       New',
    'First  100.1 MB  100.1 MB',
    'Again  100.1 MB       0 B',
  ])
  expect(lines(24)).toEqual(['           Data', 'First  100.1 MB', 'Again  100.1 MB'])
})
