import { randomBytes } from 'node:crypto'
import { folded, type AccountKind } from './names.ts'
import { quickXor } from './quick-xor.ts'

/** A file or a folder. */
export interface Item {
  readonly id: string
  name: string
  parent: Item | undefined
  /** Of a folder, by folded name. */
  readonly children?: Map<string, Item>
  content: Buffer
  quickXorHash: string
  /** Copies that the quota counts: Business keeps the one before each change. */
  versions: number
  readonly createdAt: string
  modifiedAt: string
}

/** What a drive holds: items by id, and by path from another item. */
export interface Items {
  readonly root: Item
  /** The folder of the application, made by the first one who asks. */
  approot(): Item
  byId(id: string): Item | undefined
  at(from: Item, path: readonly string[]): Item | undefined
  /** Every folder on the way, made where it is missing; `undefined` when a file is in the way. */
  folders(from: Item, path: readonly string[]): Item | undefined
  write(parent: Item, name: string, content: Buffer): Item
  move(item: Item, parent: Item, name: string): void
  remove(item: Item): void
  files(): Item[]
}

export function items(kind: AccountKind, now: () => number): Items {
  const known = new Map<string, Item>()
  let application: Item | undefined

  const add = (parent: Item | undefined, name: string, content?: Buffer): Item => {
    const at = new Date(now()).toISOString()
    const item: Item = {
      id: newId(kind),
      name,
      parent,
      ...(content === undefined && { children: new Map<string, Item>() }),
      content: content ?? Buffer.alloc(0),
      quickXorHash: content ? quickXor(content) : '',
      versions: 1,
      createdAt: at,
      modifiedAt: at,
    }
    known.set(item.id, item)
    parent?.children?.set(folded(name), item)
    return item
  }
  const root = add(undefined, 'root')

  const at: Items['at'] = (from, path) =>
    path.reduce<Item | undefined>((item, name) => item?.children?.get(folded(name)), from)

  const folders: Items['folders'] = (from, path) => {
    let folder = from
    for (const name of path) {
      if (!folder.children) return undefined
      folder = folder.children.get(folded(name)) ?? add(folder, name)
    }
    return folder.children ? folder : undefined
  }

  const forget = (item: Item): void => {
    known.delete(item.id)
    for (const child of item.children?.values() ?? []) forget(child)
  }

  return {
    root,
    at,
    folders,
    approot() {
      if (!application || !known.has(application.id)) application = folders(root, ['Apps', 'Backup'])
      return application as Item
    },
    byId: (id) => known.get(id),
    write(parent, name, content) {
      const present = parent.children?.get(folded(name))
      if (!present) return add(parent, name, content)
      present.content = content
      present.quickXorHash = quickXor(content)
      present.modifiedAt = new Date(now()).toISOString()
      if (kind === 'business') present.versions++
      return present
    },
    move(item, parent, name) {
      item.parent?.children?.delete(folded(item.name))
      item.name = name
      item.parent = parent
      parent.children?.set(folded(name), item)
    },
    remove(item) {
      item.parent?.children?.delete(folded(item.name))
      forget(item)
    },
    files: () => [...known.values()].filter(({ children }) => !children),
  }
}

function newId(kind: AccountKind): string {
  const random = randomBytes(10).toString('hex').toUpperCase()
  return kind === 'personal' ? `0123456789ABCDEF!${random}` : `01${random}`
}

/** From the folder below the root down to the item. */
export function pathOf(item: Item): string {
  return item.parent ? `${pathOf(item.parent)}/${item.name}` : ''
}
