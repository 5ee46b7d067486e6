import { tcpProxy, type TcpFault } from '@backup-internal/fakes/wire'

/** Stands between client and server, counts answers, and breaks connections when it is told to. */
export interface TappedProxy {
  readonly endpoint: string
  /** Answers that passed, or those with this status. */
  answers(status?: number): number
  /** From now on; see `TcpFault`. */
  disturb(fault?: TcpFault): void
  /** How often the present fault took hold. */
  disturbed(): number
  close(): Promise<void>
}

export async function tappedProxy(target: string): Promise<TappedProxy> {
  const { hostname, port } = new URL(target)
  const statuses: number[] = []
  const proxy = await tcpProxy({
    host: hostname,
    port: Number(port),
    onBytes(direction, bytes) {
      if (direction === 'up') return
      for (const [, status] of bytes.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
        statuses.push(Number(status))
    },
  })
  return {
    endpoint: `http://127.0.0.1:${proxy.port}`,
    answers: (status) => statuses.filter((seen) => status === undefined || seen === status).length,
    disturb: proxy.disturb,
    disturbed: proxy.happened,
    close: proxy.close,
  }
}
