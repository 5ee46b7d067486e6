import type { JobJson, RestorePlanJson } from '@backup/http'

/** Speaks to a program as its page does, with the token from its address. */
export interface Talk {
  readonly origin: string
  readonly token: string
  send(path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** @throws what was answered, when that is no success */
  ask<Answer>(path: string, body?: object): Promise<Answer>
  /** What `POST` started, when it is over, and well. */
  done(job: JobJson): Promise<JobJson>
  backUp(note?: string): Promise<JobJson>
  /** Planned and begun. */
  restore(snapshot: string): Promise<JobJson>
}

export function talk(url: string): Talk {
  const { origin, hash } = new URL(url)
  const token = hash.slice('#token='.length).replace('&shell', '')
  const send: Talk['send'] = (path, body, headers = {}) =>
    fetch(origin + path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  const ask = async <Answer>(path: string, body?: object): Promise<Answer> => {
    const response = await send(path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${path}: ${text}`)
    return JSON.parse(text) as Answer
  }
  const done = async ({ id }: JobJson): Promise<JobJson> => {
    for (;;) {
      const job = await ask<JobJson>(`/api/backup/jobs/${id}`)
      if (job.state === 'done') return job
      if (job.state !== 'running') throw new Error(`${job.operation} ${job.state}: ${job.error?.message}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return {
    origin,
    token,
    send,
    ask,
    done,
    backUp: async (note = 'in a test') => done(await ask<JobJson>('/api/backup/backups', { note })),
    async restore(snapshot) {
      const { confirm } = await ask<RestorePlanJson>('/api/backup/restore-plans', { snapshot })
      return ask<JobJson>('/api/backup/restores', { token: confirm.token, reason: 'in a test' })
    },
  }
}

/** A place for backups is chosen, and made, and its code is noted; the first backup, which the schedule makes at once, is done. @returns the recovery code */
export async function setUp({ ask, done }: Talk, backupFolder: string): Promise<string> {
  await ask('/api/store/settings', { backupFolder })
  const { recoveryCode } = await ask<{ readonly recoveryCode: string }>('/api/backup/setup', {})
  await ask('/api/backup/setup/noted', { recoveryCode })
  for (;;) {
    const { jobs } = await ask<{ readonly jobs: readonly JobJson[] }>('/api/backup/jobs')
    const first = jobs.find(({ operation }) => operation === 'backup')
    if (first) await done(first)
    if (first && jobs.every(({ state }) => state !== 'running')) return recoveryCode
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
