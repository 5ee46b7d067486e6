import { createServer, type AddressInfo } from 'node:net'

/** Ports of the loopback that nobody uses; all are held until the last is known, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, hold))
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port)
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}

function hold(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const holder = createServer()
    holder.once('error', reject)
    holder.listen(0, '127.0.0.1', () => resolve(holder))
  })
}
