import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A package as it would be published. */
export interface PublishedPackage {
  readonly manifest: { readonly name: string; readonly version: string }
  /** Path of the packed file. */
  readonly tarball: string
}

export interface Registry {
  readonly url: string
  close(): void
}

/** Answers npm as far as it needs: one version of each package. */
export async function startRegistry(packages: readonly PublishedPackage[]): Promise<Registry> {
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const found = packages.find(({ manifest }) => path === manifest.name || path === `${manifest.name}.tgz`)
    if (!found) return void response.writeHead(404).end('{}')
    if (path.endsWith('.tgz')) return void response.end(readFileSync(found.tarball))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(documentOf(found, `http://${request.headers.host}/${found.manifest.name}.tgz`)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() }
}

/** https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md */
function documentOf({ manifest, tarball }: PublishedPackage, url: string): object {
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  const { name, version } = manifest
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist: { tarball: url, integrity } } } }
}
