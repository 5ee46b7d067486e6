import type { ListPaths } from './list-path.ts'
import type { LookingReader } from './looking-reader.ts'

/** Fetches what comes next while somebody reads a stream from one end to the other, or several parts of it by turns. */
export interface ReadAhead {
  /** Takes note of a read. */
  follow(offset: number, length: number): void
}

/** One that reads on from where he was. */
interface Follower {
  next: number
  /** Read without a jump. */
  bytes: number
  /** Up to there it was fetched, or is on its way. */
  ahead: number
  isFetching: boolean
}

/** Parts that may be read by turns: a table and two of its indexes, say. */
const mostFollowers = 4
/** Who leaves out less is still reading on: pages of a table are not all side by side. */
const jumpBytes = 512 << 10
/** Who has read so much in a row will read on. */
const sureBytes = 256 << 10
const mostAheadBytes = 12 << 20
/** Of one request. */
const requestBytes = 2 << 20

export interface ReadAheadOptions {
  /** Of the stream. */
  readonly size: number
  /** That make sense at a time. */
  readonly requests: number
  /** Fetched before anybody asks for it: more would push out of memory what is still to be read. */
  readonly mostBytes: number
}

export function readAhead(paths: ListPaths, reader: LookingReader, { size, requests, mostBytes }: ReadAheadOptions): ReadAhead {
  /** The last one that read is the last. */
  const followers: Follower[] = []

  const fetch = async (follower: Follower): Promise<void> => {
    const underWay = new Set<Promise<void>>()
    const window = (): number => Math.min(mostAheadBytes, mostBytes, follower.bytes)
    let begun: number | undefined
    while (followers.includes(follower) && follower.ahead < Math.min(size, follower.next + window())) {
      const { ids, at, start, length } = await paths.find(follower.ahead)
      const segment = reader.segmentOf(ids, at)
      if (segment !== undefined && segment !== begun) {
        begun = segment
        while (underWay.size >= requests) await Promise.race(underWay)
        const fetching = reader.begin(segment, Math.min(requestBytes, mostBytes / 4)).finally(() => underWay.delete(fetching))
        underWay.add(fetching)
      }
      follower.ahead = start + length
    }
  }
  return {
    follow(offset, length) {
      if (length <= 0) return
      const at = followers.findIndex(({ next }) => offset >= next - length && offset <= next + jumpBytes)
      const follower = followers.splice(at, at < 0 ? 0 : 1)[0] ?? { next: offset, bytes: 0, ahead: 0, isFetching: false }
      followers.push(follower)
      if (followers.length > mostFollowers) followers.shift()
      follower.next = offset + length
      follower.bytes += length
      follower.ahead = Math.max(follower.ahead, follower.next)
      if (follower.isFetching || follower.bytes < sureBytes) return
      follower.isFetching = true
      fetch(follower)
        // Whoever comes there is told what is wrong.
        .catch(() => {})
        .finally(() => (follower.isFetching = false))
    },
  }
}
