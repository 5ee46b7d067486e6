import { groupBytes, layout, memoryBytes, type Kernel } from './kernel.ts'

/** The kernel in plain JavaScript: the same results at a small part of the speed. */
export function plainKernel(): Kernel {
  const memory = new ArrayBuffer(memoryBytes)
  const view = new DataView(memory)
  return {
    memory,
    hash(at, count, pageBytes, length, out) {
      for (let page = 0; page < count; page++) {
        const start = at + page * pageBytes
        sum(view, start, pageBytes, layout.key, length, out + page * 16)
        sum(view, start, pageBytes, layout.key + groupBytes, length, out + page * 16 + 8)
      }
    },
  }
}

const two16 = 0x1_0000
const two32 = 0x1_0000_0000

/**
 * Splitting one factor in halves of 16 bits keeps products below 2^48. Numbers are exact to 2^53, so 32 of
 * them, which are eight groups, can be added before they have to be carried.
 */
const groupsPerCarry = 8

/** One pass over one page, with the key from address `key`. */
function sum(view: DataView, at: number, pageBytes: number, key: number, length: number, out: number): void {
  let low = length
  let high = 0
  for (let done = 0; done < pageBytes; done += groupsPerCarry * groupBytes) {
    const stop = Math.min(done + groupsPerCarry * groupBytes, pageBytes)
    let lowHalves = 0
    let highHalves = 0
    for (let group = done; group < stop; group += groupBytes) {
      for (let word = group; word < group + 16; word += 4) {
        const x = (view.getInt32(at + word, true) + view.getInt32(key + word, true)) >>> 0
        const y = (view.getInt32(at + word + 16, true) + view.getInt32(key + word + 16, true)) >>> 0
        lowHalves += (x & 0xffff) * y
        highHalves += (x >>> 16) * y
      }
    }
    low += (lowHalves % two32) + (highHalves % two16) * two16
    high += Math.floor(lowHalves / two32) + Math.floor(highHalves / two16)
  }
  view.setUint32(out, low % two32, true)
  view.setUint32(out + 4, (high + Math.floor(low / two32)) % two32, true)
}
