/** Some entries of a node of a list: pairs of words, of which the first is the entry's place in the node and the second its unit's number. */
export interface NumberedEntries {
  readonly words: Uint32Array
  /** Where the first pair begins, and where the last one ends. */
  readonly start: number
  readonly end: number
}

/** What a node has that another one at the same place has not. By the numbers of units, as everything here. */
export interface NumberedChange extends NumberedEntries {
  readonly node: number
  /** The other one. */
  readonly from: number
  /** Entries of the node in all. */
  readonly count: number
}

/** Changes of very many nodes, one after another: as an object each would take ten times as much. */
export interface NodeLog {
  /** All of it, one change after another. */
  readonly words: Uint32Array
  /** Adds a change, if there is room. */
  add(change: NumberedChange): void
  /** The change that begins at a word. */
  at(word: number): NumberedChange
  /** Where each change begins, as they were added. */
  starts(): Iterable<number>
  /** The same with other numbers. No larger than it has to be. */
  renumbered(numberOf: (unit: number) => number): NodeLog
}

/** The node, the other one, its entries in all, and the pairs. */
const headWords = 4

/**
 * @param room for so many words
 * @param before what it begins with: a copy
 */
export function nodeLog(room: number = Number.POSITIVE_INFINITY, before?: NodeLog): NodeLog {
  let words = before?.words.slice() ?? new Uint32Array(0)
  let { length } = words

  const at = (word: number): NumberedChange => {
    const start = word + headWords
    return { words, node: words[word]!, from: words[word + 1]!, count: words[word + 2]!, start, end: start + words[word + 3]! * 2 }
  }
  function* starts(): Generator<number> {
    for (let word = 0; word < length; word += headWords + words[word + 3]! * 2) yield word
  }
  const add = ({ node, from, count, words: pairs, start, end }: NumberedChange): void => {
    const needed = length + headWords + (end - start)
    if (needed > room) return
    if (needed > words.length) {
      const larger = new Uint32Array(Math.max(needed, Math.min(words.length * 2 + 64, room)))
      larger.set(words.subarray(0, length))
      words = larger
    }
    words[length] = node
    words[length + 1] = from
    words[length + 2] = count
    words[length + 3] = (end - start) / 2
    // Most are a few pairs: as a view of its own each would take longer.
    for (let pair = start, to = length + headWords; pair < end; pair++, to++) words[to] = pairs[pair]!
    length = needed
  }

  return {
    get words() {
      return words.subarray(0, length)
    },
    add,
    at,
    starts,
    renumbered(numberOf) {
      const log = nodeLog(length)
      for (const word of starts()) {
        const { node, from, count, start, end } = at(word)
        const pairs = words.slice(start, end)
        for (let pair = 1; pair < pairs.length; pair += 2) pairs[pair] = numberOf(pairs[pair]!)
        log.add({ node: numberOf(node), from: numberOf(from), count, words: pairs, start: 0, end: pairs.length })
      }
      return log
    },
  }
}
