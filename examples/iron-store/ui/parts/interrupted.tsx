import type { ReactNode } from 'react'
import { ask, useAsk } from '../ask.ts'
import { dateTime } from '../format.ts'
import { Notice } from './notice.tsx'

/** The program ended in the middle of a restore: the data is whole, and somebody should look which it is. */
export function Interrupted(): ReactNode {
  const { data } = useAsk<{ readonly snapshot: string; readonly at: string } | null>('/interrupted')
  if (!data) return null
  return (
    <Notice tone="warning" title="A restore was interrupted">
      <p>
        The program ended while data was restored ({dateTime(data.at)}). The data is whole: either as it was before, or as it was restored. Look
        whether it is what you expect, and restore again if not.
      </p>
      <div className="actions">
        <a className="button" href="#/settings/backups">See backups</a>
        <button type="button" onClick={() => void ask('/interrupted/dismiss', {})}>It is fine</button>
      </div>
    </Notice>
  )
}
