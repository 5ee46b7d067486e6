/** The parts of a Graph address that leads to an item: `/me/drive/items/ID:/a/b:/content`. */
export interface Address {
  /** Which item it starts from. */
  readonly start: { readonly by: 'root' | 'approot' } | { readonly by: 'id'; readonly id: string }
  /** Decoded, from there on. */
  readonly path: readonly string[]
  /** `content`, `children`, `createUploadSession`, `delta`, or nothing. */
  readonly action: string
}

const drive = String.raw`/v1\.0(?:/me/drive|/drives/[^/:]+)`
const item = '(?:(root)|special/(approot)|items/([^/:]+))'
const below = '(?::/?([^:]*?)/?(?::|$))?'
const shape = new RegExp(String.raw`^${drive}/${item}${below}(?:/([\w.()]+))?$`)

/** @returns nothing for what is no address of an item, and for escapes that are none */
export function addressOf(pathname: string): Address | undefined {
  const found = shape.exec(pathname)
  if (!found) return undefined
  const [, root, approot, id = '', path = '', action = ''] = found
  try {
    const segments = path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
    const start =
      root || approot
        ? ({ by: root ? 'root' : 'approot' } as const)
        : ({ by: 'id', id: decodeURIComponent(id) } as const)
    return { start, path: segments, action }
  } catch {
    return undefined
  }
}
