import { join } from 'node:path'

export const storageServers = ['account', 'container', 'object'] as const
export type StorageServer = (typeof storageServers)[number]

export interface SwiftPlace {
  readonly folder: string
  /** The system user who runs it all. */
  readonly user: string
  readonly accessKey: string
  readonly secretKey: string
  readonly ports: Readonly<Record<StorageServer | 'proxy' | 'cache', number>>
  readonly largestPage: number
}

type Sections = Readonly<Record<string, Readonly<Record<string, string | number>>>>

/** The gateway, with S3 in front of Swift's own interface and one user who may do everything. */
export function proxyConfig(place: SwiftPlace): string {
  const [account, user] = place.accessKey.split(':')
  const filters: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    catch_errors: {},
    gatekeeper: {},
    cache: { use: 'egg:swift#memcache', memcache_servers: `127.0.0.1:${place.ports.cache}` },
    listing_formats: {},
    bulk: {},
    s3api: { dns_compliant_bucket_names: 'false', max_bucket_listing: place.largestPage },
    tempauth: { [`user_${account}_${user}`]: `${place.secretKey} .admin` },
    copy: {},
    container_quotas: {},
    slo: {},
    dlo: {},
    symlink: {},
    versioned_writes: { allow_object_versioning: 'true' },
  }
  const names = Object.keys(filters)
  return ini({
    DEFAULT: common(place, place.ports.proxy),
    'pipeline:main': { pipeline: [...names, 'proxy-server'].join(' ') },
    'app:proxy-server': {
      use: 'egg:swift#proxy',
      account_autocreate: 'true',
      ...patience,
      // What a quota leaves is looked up anew, so that a test need not wait.
      // One slow answer must not put the only disk out of use for a minute.
      error_suppression_limit: 1_000_000,
      recheck_account_existence: 1,
      recheck_container_existence: 1,
    },
    ...Object.fromEntries(
      names.map((name) => [`filter:${name}`, { use: `egg:swift#${name}`, ...filters[name] }]),
    ),
  })
}

/** Accounts, containers or objects, on the one disk that there is. */
export function storageConfig(place: SwiftPlace, server: StorageServer): string {
  return ini({
    DEFAULT: {
      ...common(place, place.ports[server]),
      devices: join(place.folder, 'disks'),
      mount_check: 'false',
      fallocate_reserve: 0,
      disable_fallocate: 'true',
    },
    'pipeline:main': { pipeline: `${server}-server` },
    [`app:${server}-server`]: { use: `egg:swift#${server}`, ...patience },
  })
}

/** On a busy machine an answer takes longer than the half second that Swift waits for a connection; then it says that it failed. */
const patience = { conn_timeout: 10, node_timeout: 60 }

function common({ folder, user }: SwiftPlace, port: number): Readonly<Record<string, string | number>> {
  return { bind_ip: '127.0.0.1', bind_port: port, workers: 0, user, swift_dir: folder, log_level: 'WARNING' }
}

function ini(sections: Sections): string {
  const written = Object.entries(sections).map(([name, settings]) => {
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`)
    return [`[${name}]`, ...lines, ''].join('\n')
  })
  return written.join('\n')
}
