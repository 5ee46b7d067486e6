import { pathOf, type Item } from './items.ts'
import type { AccountKind } from './names.ts'

export interface Drawn {
  readonly kind: AccountKind
  readonly driveId: string
  /** Hashes that Business has not computed yet. */
  readonly hashless: boolean
  /** An address that lets anybody read the file for a while. */
  address(item: Item): string
}

/** An item as Graph shows it, reduced to what `$select` names. */
export function driveItem(item: Item, drawn: Drawn, select: string | null): object {
  const { kind, driveId, hashless } = drawn
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
  const addressField = '@microsoft.graph.downloadUrl'
  const wanted = select === null ? undefined : new Set(select.split(','))
  const withAddress = !children && (wanted?.has(addressField) ?? true)
  return {
    ...(withAddress && { [addressField]: drawn.address(item) }),
    ...Object.fromEntries(Object.entries(whole).filter(([field]) => wanted?.has(field) ?? true)),
  }
}
