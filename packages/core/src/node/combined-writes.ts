import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { alignedMemory, directIo } from './direct-io.ts'

/**
 * Gathers pages into stretches of files that are written at once, past the page cache. A restore fills files larger than the
 * memory, from segments that hold pages of many places; page by page it would be tens of thousands of calls.
 */
export interface CombinedWrites {
  /** Says `false` when the bytes have to be written the usual way. Otherwise they may wait here until `close`. */
  place(path: string, offset: number, bytes: Uint8Array): boolean
  /** Fills `into` with what waits here, or says `false`: then all of it is in the file. */
  read(path: string, offset: number, into: Uint8Array): boolean
  /** Writes what waits. */
  close(): void
}

/** A stretch of a file, of which some sectors are here. */
interface Tile {
  readonly index: number
  readonly memory: Uint8Array
  /** 1 for each sector that is here. */
  readonly filled: Uint8Array
  sectors: number
}

interface OpenFile {
  readonly path: string
  readonly tiles: Map<number, Tile>
  readonly blockBytes: number
  /** Absent when the kernel refused it. */
  descriptor: number | undefined
}

const sectorBytes = 512
const tileBytes = 1024 * 1024
const sectorsPerTile = tileBytes / sectorBytes
/**
 * Tiles that memory is taken for at a time, when those before are full: a small file needs one. There are 24 in the end, because a segment of
 * changed pages is spread over the places of several others, and all are under way at a time.
 */
const tileBlocks = [1, 3, 8, 12]
/** Less is better left to the page cache, which waits for neighbours. */
const worthwhileBytes = 128 * 1024

/** @param usual writes to the file in the usual way, at once */
export function combinedWrites(usual: (path: string, offset: number, bytes: Uint8Array) => void): CombinedWrites {
  /** `undefined` for files that are written the usual way. */
  const files = new Map<string, OpenFile | undefined>()
  /** Those that have waited longest come first. */
  const waiting = new Map<Tile, OpenFile>()
  const spare: Uint8Array[] = []
  const blocks = [...tileBlocks]

  const fileAt = (path: string): OpenFile | undefined => {
    if (!files.has(path)) files.set(path, openDirect(path))
    return files.get(path)
  }
  const emptyTile = (file: OpenFile, index: number): Tile | undefined => {
    if (spare.length === 0) spare.push(...moreTiles(blocks.shift()))
    if (spare.length === 0) {
      const [oldest] = waiting
      if (!oldest) return undefined
      writeOut(...oldest)
    }
    const tile = { index, memory: spare.pop()!, filled: new Uint8Array(sectorsPerTile), sectors: 0 }
    file.tiles.set(index, tile)
    waiting.set(tile, file)
    return tile
  }
  const writeOut = (tile: Tile, file: OpenFile): void => {
    file.tiles.delete(tile.index)
    waiting.delete(tile)
    try {
      for (const [from, to] of stretches(tile)) writeStretch(file, tile.index * tileBytes + from, tile.memory.subarray(from, to))
    } finally {
      spare.push(tile.memory)
    }
  }
  const writeStretch = (file: OpenFile, offset: number, bytes: Uint8Array): void => {
    const fits = bytes.length >= worthwhileBytes && offset % file.blockBytes === 0 && bytes.length % file.blockBytes === 0
    if (!fits || !writeDirect(file, offset, bytes)) usual(file.path, offset, bytes)
  }

  const tilesAt = (file: OpenFile, offset: number, length: number): Tile[] => {
    const found: Tile[] = []
    for (let index = Math.floor(offset / tileBytes); index * tileBytes < offset + length; index++) {
      const tile = file.tiles.get(index)
      if (tile) found.push(tile)
    }
    return found
  }

  return {
    place(path, offset, bytes) {
      const file = fileAt(path)
      if (!file) return false
      if (file.descriptor === undefined || offset % sectorBytes !== 0 || bytes.length % sectorBytes !== 0) {
        // It goes to the file at once, so what waits for the same place goes first.
        for (const tile of tilesAt(file, offset, bytes.length)) writeOut(tile, file)
        return false
      }
      for (let at = 0; at < bytes.length; ) {
        const index = Math.floor((offset + at) / tileBytes)
        const within = offset + at - index * tileBytes
        const part = bytes.subarray(at, at + tileBytes - within)
        const tile = file.tiles.get(index) ?? emptyTile(file, index)
        // Nothing is here of what a place without memory is asked for, so the file takes it all.
        if (!tile) return false
        fill(tile, within, part)
        if (tile.sectors === sectorsPerTile) writeOut(tile, file)
        at += part.length
      }
      return true
    },
    read(path, offset, into) {
      const file = files.get(path)
      if (!file) return false
      for (const tile of tilesAt(file, offset, into.length)) {
        const within = offset - tile.index * tileBytes
        const isHere = within >= 0 && within + into.length <= tileBytes && holds(tile, within, into.length)
        if (isHere) return into.set(tile.memory.subarray(within, within + into.length)), true
        writeOut(tile, file)
      }
      return false
    },
    close() {
      try {
        for (const [tile, file] of waiting) writeOut(tile, file)
      } finally {
        for (const file of files.values()) {
          file?.tiles.clear()
          if (file?.descriptor !== undefined) closeSync(file.descriptor)
        }
        files.clear()
        waiting.clear()
        spare.length = 0
        blocks.splice(0, blocks.length, ...tileBlocks)
      }
    },
  }
}

function openDirect(path: string): OpenFile | undefined {
  const direct = directIo(path)
  if (!direct) return undefined
  try {
    const descriptor = openSync(path, constants.O_WRONLY | direct.flag)
    return { path, tiles: new Map(), blockBytes: direct.blockBytes, descriptor }
  } catch {
    return undefined
  }
}

/** Says `false` when the usual way is to find out what is wrong; part of it may be written then, which does no harm. */
function writeDirect(file: OpenFile, offset: number, bytes: Uint8Array): boolean {
  if (file.descriptor === undefined) return false
  try {
    if (writeSync(file.descriptor, bytes, 0, bytes.length, offset) === bytes.length) return true
  } catch {
    // As below.
  }
  closeSync(file.descriptor)
  file.descriptor = undefined
  return false
}

function moreTiles(count: number | undefined): Uint8Array[] {
  const memory = count === undefined ? undefined : alignedMemory(count * tileBytes)
  if (!memory) return []
  return Array.from({ length: count! }, (_, tile) => memory.subarray(tile * tileBytes, (tile + 1) * tileBytes))
}

function fill(tile: Tile, within: number, bytes: Uint8Array): void {
  tile.memory.set(bytes, within)
  for (let sector = within / sectorBytes; sector < (within + bytes.length) / sectorBytes; sector++) {
    if (tile.filled[sector] === 1) continue
    tile.filled[sector] = 1
    tile.sectors++
  }
}

function holds({ filled }: Tile, within: number, length: number): boolean {
  for (let sector = Math.floor(within / sectorBytes); sector * sectorBytes < within + length; sector++) if (filled[sector] === 0) return false
  return true
}

/** Where in a tile there is something: begin and end of each stretch. */
function* stretches({ filled }: Tile): Generator<[from: number, to: number]> {
  for (let from = filled.indexOf(1); from >= 0; ) {
    const end = filled.indexOf(0, from)
    const to = end < 0 ? sectorsPerTile : end
    yield [from * sectorBytes, to * sectorBytes]
    from = end < 0 ? -1 : filled.indexOf(1, to)
  }
}
