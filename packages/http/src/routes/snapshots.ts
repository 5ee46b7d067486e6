import type { SnapshotEntry } from '@backup/core'
import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import * as schemas from '../schema/snapshots.ts'
import { contentAnswer } from './content.ts'
import { describedSnapshots, findSnapshot } from './find-snapshot.ts'

/** What there is, and what is in it. */
export const snapshotRoutes: RoutesNamed<
  'GET /snapshots' | 'GET /snapshots/:snapshot' | 'GET /snapshots/:snapshot/entries' | 'GET /snapshots/:snapshot/content' | 'GET /diff'
> = {
  'GET /snapshots': {
    summary: 'Snapshots, newest first: where their copies are, and why they are kept',
    action: 'read',
    query: schemas.snapshotListQuery,
    answer: { json: schemas.snapshotPage },
    async handle(services, { request, query: { limit = 100, before, kind, from, to } }) {
      const all = await describedSnapshots(services, request.signal)
      const fitting = all
        .filter((one) => kind === undefined || one.kind === kind)
        .filter(({ time }) => (from === undefined || atMs(time) >= atMs(from)) && (to === undefined || atMs(time) < atMs(to)))
        .toReversed()
      const start = before === undefined ? 0 : fitting.indexOf(findSnapshot(fitting, before)) + 1
      const snapshots = fitting.slice(start, start + limit)
      const isMore = start + limit < fitting.length
      return { snapshots, total: fitting.length, ...(isMore && { next: snapshots.at(-1)!.id }) }
    },
  },
  'GET /snapshots/:snapshot': {
    summary: 'One snapshot, by its id, the beginning of it, or "latest"',
    action: 'read',
    answer: { json: schemas.snapshot },
    handle: async (services, { request, params }) => findSnapshot(await describedSnapshots(services, request.signal), params['snapshot']!),
  },
  'GET /snapshots/:snapshot/entries': {
    summary: 'Files and folders in a snapshot',
    action: 'read',
    query: schemas.entryQuery,
    answer: { json: schemas.entryPage },
    async handle({ backup }, { request, params, query: { folder = '.', limit = 1000 } }) {
      const entries: SnapshotEntry[] = []
      for await (const entry of backup.entries(params['snapshot']!, { folder, signal: request.signal })) {
        if (entries.length === limit) return { entries: asJson(entries), truncated: true }
        entries.push(entry)
      }
      return { entries: asJson(entries), truncated: false }
    },
  },
  'GET /snapshots/:snapshot/content': {
    summary: 'The bytes of a file in a snapshot, or of one of its streams; takes a Range',
    action: 'restore',
    query: schemas.contentQuery,
    answer: { type: 'application/octet-stream', description: 'The bytes, all or those that were asked for.' },
    handle: ({ backup }, { request, params, query }) => contentAnswer(backup, params['snapshot']!, query, request),
  },
  'GET /diff': {
    summary: 'What is different between two snapshots',
    action: 'read',
    query: schemas.diffQuery,
    answer: { json: schemas.difference },
    handle: async ({ backup }, { request, query: { from, to } }) => asJson(await backup.diff(from, to, { signal: request.signal })),
  },
}

/** Answers still hold dates, which JSON makes text of. */
function atMs(time: string): number {
  return new Date(time).getTime()
}
