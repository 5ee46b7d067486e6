import { damaged } from '../damaged.ts'
import type { BlockMemory, SequenceTables } from './block-memory.ts'
import { type FseTable, constantTable, fseTable, readFseTable } from './fse.ts'

export interface SequencesHeader {
  readonly count: number
  readonly tables: SequenceTables
  /** Where the bit stream starts. */
  readonly next: number
}

type Part = keyof SequenceTables

/** RFC 8878 §3.1.1.3.2.2: greatest symbol, greatest accuracy, and the distribution when none is given. */
const parts: Readonly<Record<Part, { maxSymbol: number; maxAccuracy: number; usual: FseTable }>> = {
  literals: {
    maxSymbol: 35,
    maxAccuracy: 9,
    usual: usualTable(6, [4, 3, ...many(2, 11), ...many(1, 3), ...many(2, 9), 3, 2, ...many(1, 5)], 4),
  },
  offsets: {
    maxSymbol: 31,
    maxAccuracy: 8,
    usual: usualTable(5, [...many(1, 6), ...many(2, 3), ...many(1, 15)], 5),
  },
  matches: {
    maxSymbol: 52,
    maxAccuracy: 9,
    usual: usualTable(6, [1, 4, 3, ...many(2, 6), ...many(1, 37)], 7),
  },
}

function many(value: number, times: number): number[] {
  return Array.from({ length: times }, () => value)
}

/** @param rare symbols at the end with a probability of less than one */
function usualTable(accuracy: number, probabilities: number[], rare: number): FseTable {
  return fseTable([...probabilities, ...many(-1, rare)], accuracy)
}

/** RFC 8878 §3.1.1.3.2.1. */
export function readSequencesHeader(memory: BlockMemory, start: number, end: number): SequencesHeader {
  const { input } = memory
  const first = input[start]!
  const countBytes = first < 128 ? 1 : first < 255 ? 2 : 3
  let at = start + countBytes
  if (at > end) throw cutShort()
  const count = countOf(first, input[start + 1]!, input[start + 2]!)
  if (count === 0) {
    if (at !== end) throw damaged('zstd', 'goes on after the end of a block')
    return { count, tables: noTables, next: at }
  }
  if (at >= end) throw cutShort()
  const modes = input[at++]!
  if (modes & 3) throw damaged('zstd', 'has unknown flags')
  const take = (part: Part, mode: number): FseTable => {
    const { table, next } = readTable(memory, part, mode, at, end)
    at = next
    return table
  }
  const tables = {
    literals: take('literals', modes >> 6),
    offsets: take('offsets', (modes >> 4) & 3),
    matches: take('matches', (modes >> 2) & 3),
  }
  memory.tables = tables
  return { count, tables, next: at }
}

const noTables: SequenceTables = {
  literals: constantTable(0),
  offsets: constantTable(0),
  matches: constantTable(0),
}

function countOf(first: number, second: number, third: number): number {
  if (first < 128) return first
  return first < 255 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00
}

function readTable(
  memory: BlockMemory,
  part: Part,
  mode: number,
  at: number,
  end: number,
): { readonly table: FseTable; readonly next: number } {
  const { maxSymbol, maxAccuracy, usual } = parts[part]
  if (mode === 0) return { table: usual, next: at }
  if (mode === 2) return readFseTable(memory.input, at, end, maxAccuracy, maxSymbol)
  if (mode === 3) {
    if (!memory.tables) throw damaged('zstd', 'refers to a table that was not given')
    return { table: memory.tables[part], next: at }
  }
  if (at >= end) throw cutShort()
  const symbol = memory.input[at]!
  if (symbol > maxSymbol) throw damaged('zstd', 'has a table with too many symbols')
  return { table: constantTable(symbol), next: at + 1 }
}

function cutShort(): Error {
  return damaged('zstd', 'is cut short')
}
