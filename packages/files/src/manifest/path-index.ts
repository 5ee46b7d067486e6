/** Finds the number of a path. Half as large as a map of 200,000 texts is one that asks for them when it compares. */
export interface PathIndex {
  /** -1 when it is not there. */
  find(path: string): number
  /** The next number, which has a path that was not found. */
  add(path: string): void
}

/** @param pathOf the path with a number that was added */
export function pathIndex(pathOf: (number: number) => string): PathIndex {
  // Open addressing, at most half full.
  let slots = new Uint32Array(1024)
  let count = 0
  const firstFree = (path: string): number => {
    let slot = hashOf(path) & (slots.length - 1)
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
    return slot
  }
  return {
    find(path) {
      for (let slot = hashOf(path) & (slots.length - 1); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
        const number = slots[slot]! - 1
        if (pathOf(number) === path) return number
      }
      return -1
    },
    add(path) {
      if (++count * 2 > slots.length) {
        slots = new Uint32Array(slots.length * 2)
        for (let number = 0; number < count - 1; number++) slots[firstFree(pathOf(number))] = number + 1
      }
      slots[firstFree(path)] = count
    },
  }
}

/** FNV-1a (RFC 9923), over code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash ^ (hash >>> 15)
}
