import { pathOf, type Item } from './items.ts'
import type { AccountKind } from './names.ts'

export interface Drawn {
  readonly kind: AccountKind
  readonly driveId: string
  /** Hashes that Business has not computed yet. */
  readonly hashless: boolean
}

/** An item as Graph shows it, reduced to what `$select` names. */
export function driveItem(item: Item, { kind, driveId, hashless }: Drawn, select: string | null): object {
  const { id, name, children, content, parent } = item
  const times = { createdDateTime: item.createdAt, lastModifiedDateTime: item.modifiedAt }
  const whole = {
    id,
    name,
    size: children ? 0 : content.length,
    ...times,
    eTag: `"{${id}},${item.versions}"`,
    fileSystemInfo: times,
    webUrl: `https://example.invalid/${encodeURIComponent(name)}`,
    ...(children
      ? { folder: { childCount: children.size } }
      : {
          file: {
            mimeType: 'application/octet-stream',
            hashes: hashless ? {} : { quickXorHash: item.quickXorHash },
          },
        }),
    ...(!parent && { root: {} }),
    parentReference: {
      driveId,
      driveType: kind,
      ...(parent && { id: parent.id, path: `/drives/${driveId}/root:${pathOf(parent)}` }),
    },
  }
  if (select === null) return whole
  const wanted = new Set(select.split(','))
  return Object.fromEntries(Object.entries(whole).filter(([field]) => wanted.has(field)))
}
