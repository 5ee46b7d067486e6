import type { LogEntryJson } from '@backup/client'
import { type ReactNode, memo } from 'react'
import { useEvents } from '../../use-events.ts'
import { type Dashboard, useDashboard } from '../context.tsx'
import { Badge, type Tone } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Technical } from '../parts/failure.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { usePlaceText } from '../storage/use-places.ts'
import { useNow } from '../use-now.ts'

const tones: Readonly<Record<LogEntryJson['level'], Tone>> = { critical: 'critical', warning: 'warning', solved: 'good', info: 'neutral' }

/** Lines of the log, newest first. */
export function Lately({ limit }: { readonly limit?: number }): ReactNode {
  const dashboard = useDashboard()
  const { words: { activity, tabs, loading }, show } = dashboard
  const { data, error, refresh } = useEvents()
  const now = useNow()
  const named = usePlaceText()
  // Of nothing new the overview does not speak.
  if (limit !== undefined && data?.length === 0) return null
  const aside = limit !== undefined && <Button look="quiet" onClick={() => show('activity')}>{tabs.activity}</Button>
  return (
    <Panel title={activity.live} aside={aside}>
      <Problem error={data ? undefined : error} retry={refresh} />
      {!data && !error && <Waiting label={loading} />}
      {data?.length === 0 && <p className="backup-empty">{activity.none}</p>}
      <ol className="backup-log">
        {data?.slice(0, limit).map((entry) => <Line key={entry.id} entry={entry} ago={dashboard.format.past(entry.at, now)} named={named} dashboard={dashboard} />)}
      </ol>
    </Panel>
  )
}

interface LineProps {
  readonly entry: LogEntryJson
  readonly ago: string
  readonly dashboard: Dashboard
  named(text: string): string
}

const Line = memo(function Line({ entry, ago, named, dashboard: { words, format } }: LineProps): ReactNode {
  const { title, message, action } = words.logLine(entry)
  const text = [message, action].filter(Boolean).join(' ')
  // What to do is said where it is said how it stands: this tells what a program said of it then.
  const isBad = entry.level === 'critical' || entry.level === 'warning'
  return (
    <li>
      <Badge tone={tones[entry.level]}>{words.activity.levels[entry.level]}</Badge>
      <div>
        <p className="backup-log-title">{named(title)}</p>
        {isBad ? <Technical text={text} /> : text && <p className="backup-hint">{named(format.text(text))}</p>}
      </div>
      <time dateTime={entry.at} title={format.dateTime(entry.at)}>{ago}</time>
    </li>
  )
})
