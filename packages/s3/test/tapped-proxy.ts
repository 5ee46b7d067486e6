import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** Stands between client and server, counts answers, and breaks connections when it is told to. */
export interface TappedProxy {
  readonly endpoint: string
  /** Answers that passed, or those with this status. */
  answers(status?: number): number
  /** From now on: refuse every connection, or break it off after so many bytes of answers. */
  disturb(how: 'refuse' | { readonly cutAfterBytes: number }): void
  /** Connections that were refused or cut. */
  disturbed(): number
  close(): Promise<void>
}

export async function tappedProxy(target: string): Promise<TappedProxy> {
  const { hostname, port } = new URL(target)
  const statuses: number[] = []
  const open = new Set<Socket>()
  let left = Infinity
  let disturbances = 0

  const drop = (socket: Socket): void => {
    disturbances++
    socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    open.add(client)
    client.on('error', () => {}).on('close', () => open.delete(client))
    if (left === 0) return drop(client)
    const upstream = connect(Number(port), hostname)
    let budget = left
    // A server that refuses a body ends the connection while the client still sends: its answer must arrive
    // all the same.
    upstream.on('error', () => {}).on('close', () => client.end())
    upstream.on('data', (chunk) => {
      for (const [, status] of chunk.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
        statuses.push(Number(status))
      budget = Math.min(budget, left) - chunk.length
      if (budget > 0) return client.write(chunk)
      disturbances++
      client.end(chunk.subarray(0, chunk.length + budget))
      return upstream.destroy()
    })
    client
      .on('data', (chunk) => upstream.destroyed || upstream.write(chunk))
      .on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: (status) => statuses.filter((seen) => status === undefined || seen === status).length,
    disturbed: () => disturbances,
    disturb(how) {
      left = how === 'refuse' ? 0 : how.cutAfterBytes
      if (left === 0) for (const socket of open) socket.destroy()
    },
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
