import type { Items } from './items.ts'
import type { AccountKind } from './names.ts'

type QuotaState = 'normal' | 'nearing' | 'critical' | 'exceeded'

export interface Quota {
  total: number
  /** In the recycle bin. */
  deleted: number
  used(): number
  hasRoom(bytes: number): boolean
  /** As the drive shows it. */
  show(): { total: number; used: number; remaining: number; deleted: number; state: QuotaState }
}

/** Under 10 % left is `nearing`, under 1 % `critical`. The recycle bin of Business counts. */
export function quota(items: Items, kind: AccountKind, total: number): Quota {
  const self: Quota = {
    total,
    deleted: 0,
    used() {
      const live = items.files().reduce((sum, { content, versions }) => sum + content.length * versions, 0)
      return live + (kind === 'business' ? self.deleted : 0)
    },
    hasRoom: (bytes) => self.used() + bytes <= self.total,
    show() {
      const used = self.used()
      const remaining = Math.max(0, self.total - used)
      const share = remaining / self.total
      const state =
        used > self.total ? 'exceeded' : share < 0.01 ? 'critical' : share < 0.1 ? 'nearing' : 'normal'
      return { total: self.total, used, remaining, deleted: self.deleted, state }
    },
  }
  return self
}
