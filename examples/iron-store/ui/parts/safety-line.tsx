import { useHealth, useResource } from '@backup/react'
import type { ReactNode } from 'react'
import { past } from '../format.ts'
import { words } from '../plain-words.ts'
import { useNow } from '../use-now.ts'

/** Is my data safe? The one thing that somebody should know without looking for it. */
export function SafetyLine({ isOff }: { readonly isOff: boolean }): ReactNode {
  const safety = useSafety()
  const { tone, text } = isOff ? off : safety
  return (
    <div className="safety" role="status">
      <a data-tone={tone} href="#/settings/backups">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3 5 6v5c0 5 3 8.500 7 10 4-1.500 7-5 7-10V6z" />
          <path d={tone === 'good' ? 'm9 12 2.200 2.200L15.500 10' : 'M12 8v5M12 16v.5'} />
        </svg>
        <span>{text}</span>
      </a>
    </div>
  )
}

interface Safety {
  readonly tone: 'good' | 'warning' | 'critical' | 'unknown'
  readonly text: string
}

const off: Safety = { tone: 'critical', text: 'Nothing is backed up yet' }

function useSafety(): Safety {
  const now = useNow()
  const { data: setup } = useResource('GET /setup')
  const { data: health, error, figures } = useHealth()
  if (setup?.state === 'locked') return { tone: 'critical', text: 'Nothing is backed up: this machine needs your recovery code' }
  if (error) return { tone: 'critical', text: 'Nobody can tell whether your data is safe' }
  if (setup?.state === 'new') return { tone: 'critical', text: 'Your backups are not set up yet' }
  if (!health || !figures) return { tone: 'unknown', text: 'Looking after your backups…' }
  const last = figures.lastBackup ? `last backup ${past(figures.lastBackup.at, now)}` : 'no backup yet'
  if (health.level === 'healthy') return { tone: 'good', text: `Your data is safe, ${last}` }
  const [first] = health.reasons
  const title = first ? words.reason(first).title : ''
  return health.level === 'warning'
    ? { tone: 'warning', text: `Your data is backed up, ${last}. ${title}` }
    : { tone: 'critical', text: `Your data is at risk, ${last}. ${title}` }
}
