import type { JobJson } from '@backup/http/wire'
import type { Call } from './call/call.ts'
import { type OwnResource, type Resource, createResource } from './store/resource.ts'
import type { Uses } from './store/store.ts'

/** What is known of jobs: those that the handler lists, and those it tells of. */
export interface Jobs {
  readonly list: OwnResource<readonly JobJson[]>
  one(id: string): Resource<JobJson>
  /** These are news. */
  see(jobs: readonly JobJson[]): void
  /** Only these are under way. @param isMissed others may have begun and ended meanwhile */
  reconcile(running: readonly JobJson[], isMissed: boolean): void
  invalidate(): void
}

/** More of those that nobody listens to are not kept: a page may stay open for months. */
const keptJobs = 200

export function createJobs(call: Call, uses: Uses): Jobs {
  const news = new Map<string, JobJson>()
  const single = new Map<string, OwnResource<JobJson>>()
  const latest = (job: JobJson): JobJson => newer(job, news.get(job.id))
  /** What was under way when the stream began, as long as the list was not there. */
  let greeted: ReadonlySet<string> | undefined

  const list = createResource(
    async () => {
      const { jobs } = await call('GET /jobs', { query: { limit: 100 } })
      // It was under way when the answer was written, and not when the stream began: nobody will tell that it has ended.
      if (greeted && jobs.some(({ id, state }) => state === 'running' && !greeted!.has(id) && !news.has(id))) list.invalidate()
      greeted = undefined
      // What was told of while the answer was on its way.
      const begun = [...news.values()].filter(({ id, state }) => state === 'running' && !jobs.some((job) => job.id === id))
      return newestFirst([...begun, ...jobs].map(latest))
    },
    { uses },
  )

  const see = (jobs: readonly JobJson[]): void => {
    for (const job of jobs) {
      // Those that were told of last are last.
      news.delete(job.id)
      news.set(job.id, job)
      single.get(job.id)?.set(job)
    }
    dropOldest(news, ({ state }) => state !== 'running')
    list.update((known) => newestFirst([...jobs, ...known.filter(({ id }) => !jobs.some((job) => job.id === id))]))
  }

  return {
    list,
    see,
    one(id) {
      const found = single.get(id)
      if (found) return found
      const made = createResource(async () => latest(await call('GET /jobs/:job', { params: { job: id } })), {
        uses: {
          ...uses,
          begin() {
            uses.begin?.()
            if (single.get(id) === made) return
            // It was let go of meanwhile, and nobody told it anything.
            single.set(id, made)
            made.invalidate()
          },
        },
      })
      single.set(id, made)
      dropOldest(single, (resource) => resource !== made && !resource.isUsed())
      const told = news.get(id)
      if (told) made.set(told)
      return made
    },
    reconcile(running, isMissed) {
      const isRunning = new Set(running.map(({ id }) => id))
      for (const [id, job] of news) if (job.state === 'running' && !isRunning.has(id)) news.delete(id)
      for (const [id, resource] of single) {
        if (resource.getSnapshot().data?.state === 'running' && !isRunning.has(id)) resource.invalidate()
      }
      see(running)
      const { data } = list.getSnapshot()
      if (!data) greeted = isRunning
      else if (isMissed || data.some(({ id, state }) => state === 'running' && !isRunning.has(id))) list.invalidate()
    },
    invalidate() {
      list.invalidate()
      for (const resource of single.values()) resource.invalidate()
    },
  }
}

function dropOldest<Value>(all: Map<string, Value>, canGo: (value: Value) => boolean): void {
  for (const [id, value] of all) {
    if (all.size <= keptJobs) return
    if (canGo(value)) all.delete(id)
  }
}

/** What has ended does not begin again. */
function newer(fetched: JobJson, told: JobJson | undefined): JobJson {
  return told?.endedAt !== undefined && fetched.endedAt === undefined ? told : fetched
}

function newestFirst(jobs: readonly JobJson[]): readonly JobJson[] {
  return jobs.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt)).slice(0, keptJobs)
}
