import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { toNodeHandler } from '@backup/http/node'
import { machineKey } from '../backup/machine-key.ts'
import { tidyBeside } from '../backup/restore-notes.ts'
import { type Vault, makeDataFolder, openVault } from '../backup/vault.ts'
import { type Vendors, realVendors } from '../backup/vendors.ts'
import { type LiveStore, liveStore } from '../store/live-store.ts'
import { createAccess } from './access.ts'
import { createAnswer } from './answer.ts'
import { onlyOne } from './only-one.ts'
import { pages } from './pages.ts'

export interface StartOptions {
  /** Where the data is. Nothing else should be in there. */
  readonly folder: string
  /** What `ui/build.ts` made. */
  readonly ui: string
  /** @default one that is free */
  readonly port?: number
  /** 32 bytes from the key store of the system. @default a file in the folder */
  readonly key?: Uint8Array
  readonly vendors?: Vendors
  /** Of backups and their schedule, for tests. @default the system's */
  readonly clock?: () => Date
}

export interface RunningStore {
  /** With the token: for the shell, and for nobody else. */
  readonly url: string
  readonly live: LiveStore
  readonly vault: Vault
  stop(): Promise<void>
}

/** Starts everything: the data, its backups, and what pages ask. Listens on this machine alone. */
export async function startStore({ folder, ui, port: wanted = 0, key: given, vendors = realVendors, clock }: StartOptions): Promise<RunningStore> {
  makeDataFolder(folder)
  const release = onlyOne(folder)
  const file = join(folder, 'store.db')
  tidyBeside(file)
  const page = pages(ui)
  const live = liveStore(file)
  let answer: (request: Request) => Promise<Response> = async () => new Response('Starting', { status: 503, headers: { 'retry-after': '1' } })
  const server = createServer((incoming, outgoing) => void toNodeHandler((request) => answer(request))(incoming, outgoing))
  // Where browsers come back to after a sign-in depends on the port, so that is known first.
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const access = createAccess(port)
  const vault = await openVault({ folder, live, key: machineKey(folder, given), vendors, port, ...(clock && { clock }) })
  answer = createAnswer({ access, live, vault, page })
  return {
    // Behind the hash it is in no log, and sent to no server.
    url: `http://127.0.0.1:${port}/#token=${access.token}`,
    live,
    vault,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      await vault.close()
      server.closeAllConnections()
      await closed
      await live.close()
      release()
    },
  }
}
