import type { Answer } from '../wire/index.ts'
import type { Caller } from './caller.ts'
import { parseQuery } from './query.ts'
import { refusal } from './refusals.ts'
import { fieldsOf, resource } from './resource.ts'
import type { StoredFile, Store } from './store.ts'

/** `files.list`: by parent, name and kind, page after page, and not always up to date. */
export function listFiles(store: Store, caller: Caller, query: URLSearchParams): Answer {
  const parents = new Set<string>()
  const parsed = parseQuery(query.get('q') ?? '', (alias) => {
    const id = caller.idOf(alias)
    parents.add(id)
    return id
  })
  if (!parsed) return refusal('invalid')
  for (const parent of parents) if (!caller.seesFolder(parent, query)) return refusal('notFound')

  const now = store.now()
  const extraMs = parsed.byName ? store.behaviour.nameLagMs : 0
  const isListed = (file: StoredFile): boolean => now >= file.listedFromMs + extraMs
  const ghosts = [...store.ghosts.values()].filter(({ untilMs }) => now < untilMs).map(({ file }) => file)
  const inParents = parents.size === 1 ? store.in([...parents][0] ?? '') : [...store.files.values()]
  const found = [...inParents, ...ghosts].filter(
    (file) =>
      isListed(file) &&
      parsed.matches(file, store.isTrashed(file)) &&
      caller.sees(file) &&
      isInReach(store, file, query),
  )

  const from = Number(query.get('pageToken') ?? 0)
  if (!Number.isSafeInteger(from)) return refusal('invalid')
  const count = Math.min(Number(query.get('pageSize') ?? 100), store.behaviour.pageSize)
  const fields = fieldsOf(query, 'files')
  const page = found.slice(from, from + count)
  return {
    status: 200,
    body: {
      kind: 'drive#fileList',
      incompleteSearch: store.behaviour.incomplete,
      ...(from + count < found.length && { nextPageToken: String(from + count) }),
      files: page.map((file) => resource(store, file, fields)),
    },
  }
}

/** What is in a shared drive is only listed for those who ask for it. */
function isInReach(store: Store, file: StoredFile, query: URLSearchParams): boolean {
  const driveId = store.driveOf(file)
  const wanted = query.get('driveId')
  if (wanted !== null && driveId !== wanted) return false
  return driveId === undefined || query.get('includeItemsFromAllDrives') === 'true'
}
