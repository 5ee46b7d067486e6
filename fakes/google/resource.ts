import type { Store, StoredFile } from './store.ts'

/** A file as the API shows it, with the fields that were asked for. Sizes are texts. */
export function resource(
  store: Store,
  file: StoredFile,
  fields: ReadonlySet<string>,
): Record<string, unknown> {
  const driveId = store.driveOf(file)
  const content = file.mimeType.startsWith('application/vnd.google-apps.')
    ? {}
    : {
        size: String(file.bytes.length),
        md5Checksum: file.md5,
        ...(!file.withoutSha256 && { sha256Checksum: file.sha256 }),
      }
  const whole: Readonly<Record<string, unknown>> = {
    kind: 'drive#file',
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    parents: [file.parent],
    trashed: store.isTrashed(file),
    createdTime: new Date(file.createdMs).toISOString(),
    modifiedTime: new Date(file.modifiedMs).toISOString(),
    ...(driveId !== undefined && { driveId }),
    ...content,
  }
  return Object.fromEntries(Object.entries(whole).filter(([name]) => fields.has('*') || fields.has(name)))
}

const usual: ReadonlySet<string> = new Set(['kind', 'id', 'name', 'mimeType'])

/** The fields of a file that a request asks for: `id,size` or, in a list, `nextPageToken,files(id,size)`. */
export function fieldsOf(query: URLSearchParams, within?: 'files'): ReadonlySet<string> {
  const text = query.get('fields')
  if (text === null) return usual
  const named = within ? (/files\(([^)]*)\)/.exec(text)?.[1] ?? (text.includes('*') ? '*' : '')) : text
  return new Set(named.split(',').map((field) => field.trim()))
}
