import type { JobJson } from '../../src/index.ts'
import type { Api } from '../api.ts'
import type { Serve } from './index.ts'

/** An application with one snapshot, as the API made it. */
export async function backedUp(serve: Serve, ...options: Parameters<Serve>): Promise<Awaited<ReturnType<Serve>> & { readonly snapshot: string }> {
  const world = await serve(...options)
  const { snapshot } = await takeBackup(world.api)
  return Object.assign(world, { snapshot: snapshot!.id })
}

export async function takeBackup(api: Api): Promise<JobJson> {
  const { body } = await api('POST /backups', { body: {} })
  return api.ended(body.id)
}
