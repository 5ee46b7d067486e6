import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * What goes wrong on the way, in both directions of every connection, those that are open included.
 *
 * - `refuse`: open connections are reset, and new ones as soon as they are made.
 * - `silent`: nothing passes, nothing is closed; what was sent meanwhile arrives when the fault ends.
 * - `latencyMs`: everything arrives so much later.
 * - `bytesPerSecond`: no faster than this.
 * - `cut`: a connection breaks after so many bytes of one direction, counted from now on or from its begin.
 */
export interface TcpFault {
  readonly refuse?: boolean
  readonly silent?: boolean
  readonly latencyMs?: number
  readonly bytesPerSecond?: number
  readonly cut?: {
    readonly of: TcpDirection
    readonly afterBytes: number
    /**
     * `fin` ends it as if all had been said, `rst` as a router does that lost it, `stall` leaves it open and
     * silent.
     */
    readonly by: 'fin' | 'rst' | 'stall'
  }
}

/** `up` is what the client sends, `down` what the server answers. */
export type TcpDirection = 'up' | 'down'

/** Stands between client and server, passes bytes on as they are, and misbehaves when it is told to. */
export interface TcpProxy {
  readonly port: number
  /** From now on; nothing goes wrong without an argument. */
  disturb(fault?: TcpFault): void
  /** How often the fault took hold: connections refused or cut, pieces held back, delayed or slowed. */
  happened(): number
  /** Bytes that were passed on in this direction since the beginning. */
  passed(direction: TcpDirection): number
  close(): Promise<void>
}

export interface TcpTarget {
  /** ['127.0.0.1'] */
  readonly host?: string
  readonly port: number
  /** Sees what is passed on. */
  readonly onBytes?: (direction: TcpDirection, bytes: Buffer) => void
}

/** So much may wait for its time before the sender has to wait too. */
const mostHeldBytes = 4 * 1024 * 1024
/** What is slowed goes out so often. */
const slowTickMs = 20

export async function tcpProxy({ host = '127.0.0.1', port, onBytes }: TcpTarget): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const passed = { up: 0, down: 0 }
  const line: Line = {
    fault: {},
    count: () => void happened++,
    passes(direction, bytes) {
      passed[direction] += bytes.length
      onBytes?.(direction, bytes)
    },
  }
  let happened = 0

  // Each side may be told that the other has said all, and still answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (line.fault.refuse) {
      happened++
      client.on('error', () => {}).resetAndDestroy()
      return
    }
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const pair = [flow(line, 'up', client, upstream), flow(line, 'down', upstream, client)] as const
    pairs.add(pair)
    client.once('close', () => {
      pairs.delete(pair)
      upstream.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    happened: () => happened,
    passed: (direction) => passed[direction],

    disturb(fault = {}) {
      line.fault = fault
      happened = 0
      for (const pair of pairs) {
        for (const { restart } of pair) restart()
        if (!fault.refuse) continue
        happened++
        pair[0].break('rst')
      }
    },

    async close() {
      for (const [up] of pairs) up.break('rst')
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What all flows share. */
interface Line {
  fault: TcpFault
  count(): void
  passes(direction: TcpDirection, bytes: Buffer): void
}

/** One direction of one connection. */
interface Flow {
  /** Another fault holds from now on. */
  restart(): void
  break(by: 'fin' | 'rst'): void
}

type Pair = readonly [up: Flow, down: Flow]

function flow(line: Line, direction: TcpDirection, from: Socket, to: Socket): Flow {
  const waiting: { readonly bytes: Buffer; dueAt: number }[] = []
  let heldBytes = 0
  let untilCut = line.fault.cut?.afterBytes ?? 0
  let freeAt = 0
  let stalled = false
  let ended = false
  let timer: NodeJS.Timeout | undefined

  const isFull = (): boolean => heldBytes >= mostHeldBytes || (to.writable && to.writableLength >= mostHeldBytes)

  const breakOff: Flow['break'] = (by) => {
    clearTimeout(timer)
    waiting.length = 0
    heldBytes = 0
    for (const socket of [from, to]) {
      if (by === 'rst') socket.resetAndDestroy()
      // What still comes is taken and thrown away: a socket that is closed with unread bytes sends a reset, and
      // that overtakes what was said last.
      else socket.end().resume()
    }
  }

  const send = (bytes: Buffer): void => {
    heldBytes -= bytes.length
    const { cut } = line.fault
    const isLast = cut?.of === direction && bytes.length >= untilCut
    const piece = isLast ? bytes.subarray(0, untilCut) : bytes
    untilCut -= piece.length
    // The receiver has gone, and what is sent to it is lost, as on a wire.
    if (!to.writable) return
    line.passes(direction, piece)
    if (!isLast) return void to.write(piece)
    line.count()
    waiting.length = 0
    heldBytes = 0
    if (cut?.by === 'stall') stalled = true
    to.write(piece, () => cut?.by !== 'stall' && breakOff(cut?.by ?? 'rst'))
  }

  const pump = (): void => {
    clearTimeout(timer)
    const { silent, bytesPerSecond = Infinity } = line.fault
    if (silent || stalled) return
    const mostAtOnce = Math.max(1, Math.floor((bytesPerSecond * slowTickMs) / 1000))
    for (let first = waiting[0]; first && !stalled; first = waiting[0]) {
      const waitMs = Math.max(first.dueAt, freeAt) - Date.now()
      if (waitMs > 0) {
        timer = setTimeout(pump, waitMs)
        return
      }
      waiting.shift()
      const piece = first.bytes.subarray(0, mostAtOnce)
      const rest = first.bytes.subarray(piece.length)
      if (rest.length > 0) {
        waiting.unshift({ ...first, bytes: rest })
        line.count()
      }
      freeAt = Date.now() + (piece.length / bytesPerSecond) * 1000
      send(piece)
      if (!isFull()) from.resume()
    }
    if (ended && !stalled) to.end()
  }

  from.on('data', (bytes: Buffer) => {
    const { latencyMs = 0, silent } = line.fault
    if (silent || latencyMs > 0) line.count()
    const wasEmpty = waiting.length === 0
    waiting.push({ bytes, dueAt: Date.now() + latencyMs })
    heldBytes += bytes.length
    if (isFull()) from.pause()
    if (wasEmpty) pump()
  })
  to.on('drain', () => !isFull() && from.resume())
  // A server that refuses a body breaks the connection while the client still sends: what it has said before
  // must arrive all the same, so an end is an end, however it came.
  const end = (): void => {
    ended = true
    if (waiting.length === 0) pump()
  }
  from
    .on('error', () => {})
    .on('end', end)
    .on('close', end)

  return {
    break: breakOff,
    restart() {
      freeAt = 0
      untilCut = line.fault.cut?.afterBytes ?? 0
      for (const held of waiting) held.dueAt = Math.min(held.dueAt, Date.now())
      pump()
    },
  }
}
