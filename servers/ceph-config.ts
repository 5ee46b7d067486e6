import { join } from 'node:path'

export interface CephPlace {
  readonly folder: string
  readonly fsid: string
  readonly monitorPort: number
  readonly gatewayPort: number
  readonly largestPage: number
}

/** The smallest cluster that is one: a monitor, a store in memory, a gateway; nobody proves who he is. */
export function cephConfig({ folder, fsid, monitorPort, gatewayPort, largestPage }: CephPlace): string {
  const settings: Readonly<Record<string, string | number>> = {
    fsid,
    'mon host': `[v1:127.0.0.1:${monitorPort}]`,
    'public addr': '127.0.0.1',
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    'mon data': join(folder, 'mon'),
    'osd data': join(folder, 'osd'),
    'rgw data': join(folder, 'gateway'),
    keyring: join(folder, 'keyring'),
    'run dir': folder,
    'admin socket': '',
    'log file': join(folder, '$name.log'),
    'mon cluster log file': join(folder, 'cluster.log'),
    'crash dir': join(folder, 'crash'),
    'osd objectstore': 'memstore',
    'memstore device bytes': 4 * 1024 ** 3,
    'osd crush chooseleaf type': 0,
    'osd crush update on start': 'false',
    // A store that asks before it has the map of the monitors names no cluster, is refused, and waits for
    // ever.
    'osd class update on start': 'false',
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'osd pool default pg autoscale mode': 'off',
    'mon allow pool size one': 'true',
    'mon max pg per osd': 1000,
    'mon data avail crit': 1,
    'mon warn on pool no redundancy': 'false',
    'ms bind msgr2': 'false',
    // Without it the gateway waits 40 ms before the last packet of each answer.
    'rgw frontends': `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
    'rgw max listing results': largestPage,
    // Quotas are looked up anew at each write, so that a test need not wait.
    'rgw bucket quota ttl': 0,
    'rgw user quota bucket sync interval': 1,
    'rgw cache expiry interval': 1,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  return `[global]\n${lines.join('\n')}\n`
}
