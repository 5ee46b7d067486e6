import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { type Api, apiOf } from '../api.ts'
import type { Host, StartHost } from '../hosts/host.ts'
import { type World, type WorldOptions, createWorld } from '../world.ts'
import { accessTests } from './access.ts'
import { accountTests } from './accounts.ts'
import { badInputTests } from './bad-input.ts'
import { eventTests } from './events.ts'
import { jobTests } from './jobs.ts'
import { lifecycleTests } from './lifecycle.ts'
import { restoreTests } from './restores.ts'
import { scheduleTests } from './schedule.ts'
import { snapshotTests } from './snapshots.ts'
import { stateTests } from './state.ts'
import { travelTests } from './travel.ts'

/** Makes an application with a backup, served by the host under test. */
export type Serve = (options?: WorldOptions) => Promise<World & { readonly api: Api }>

/** What the API promises, on any host. */
export function handlerSuite(name: string, start: StartHost): void {
  describe(`${name}`, () => {
    let host: Host
    let current: World | undefined
    beforeAll(async () => {
      host = await start((request) => current!.handler(request))
    })
    afterAll(() => host.close())
    afterEach(async () => {
      await current?.close()
      current = undefined
    })
    const serve: Serve = async (options) => {
      current = await createWorld(options)
      return Object.assign(current, { api: apiOf(host.send) })
    }

    stateTests(serve)
    accessTests(serve)
    snapshotTests(serve)
    restoreTests(serve)
    travelTests(serve)
    lifecycleTests(serve)
    jobTests(serve)
    scheduleTests(serve)
    accountTests(serve)
    eventTests(serve)
    badInputTests(serve)
  })
}
