/// <reference lib="dom" />
import type { BackupClient, RestoreResultJson } from '@backup/client'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { BackupClientProvider, useMaybeBackupClient } from '../provider.tsx'
import { useResource } from '../use-store.ts'
import { Audit } from './activity/audit.tsx'
import { DoneLately } from './activity/done-lately.tsx'
import { Lately } from './activity/lately.tsx'
import { Backups } from './backups/snapshot-list.tsx'
import { ConnectionLine } from './connection-line.tsx'
import { type Dashboard, DashboardProvider, type ExploreProps, type Price, type TabName, useDashboard } from './context.tsx'
import { Drills } from './drills/drills.tsx'
import { formatsOf } from './format.ts'
import { RunningJobs } from './jobs/running-jobs.tsx'
import { Overview } from './overview/overview.tsx'
import { Verdict } from './overview/verdict.tsx'
import { Waiting } from './parts/panel.tsx'
import { type AskForRestore, RestoreDialog } from './restore/restore-dialog.tsx'
import { Retention } from './retention/retention.tsx'
import { Configuration } from './settings/configuration.tsx'
import { SchedulePanel } from './settings/schedule.tsx'
import { Setup } from './setup/setup.tsx'
import { Storage } from './storage/storage.tsx'
import { Tabs } from './tabs.tsx'
import { type AskForRows, RowsBackDialog } from './travel/rows-back-dialog.tsx'
import { TimeTravel } from './travel/time-travel.tsx'
import { type Words, english } from './words.ts'

export interface BackupDashboardProps {
  /** Whom to ask. @default the client of the nearest `BackupClientProvider`, or one of `/api/backup` */
  readonly client?: BackupClient
  /** `auto` follows the system, `inherit` the `color-scheme` of what is around it. @default 'auto' */
  readonly theme?: 'auto' | 'light' | 'dark' | 'inherit'
  /** All it says by itself. @default english */
  readonly words?: Words
  /** Language of figures and times: a BCP 47 tag. @default that of the browser */
  readonly locale?: string
  /** Tabs to show, in this order. @default all; `explore` only where there is something to look with */
  readonly tabs?: readonly TabName[]
  /** The tab to begin with. @default the first */
  readonly initialTab?: TabName
  readonly onTab?: (tab: TabName) => void
  /** What storing costs, by location or name of a provider: with these it shows costs. @default none */
  readonly prices?: Readonly<Record<string, Price>>
  /** What looks into backups: shown as a tab, and offered for each backup. @default tables as they were, where the handler has them */
  readonly explore?: (props: ExploreProps) => ReactNode
  /** Opens an address outside of this page, in a desktop shell for instance. @default a small window of the browser */
  readonly openUrl?: (url: string) => void
  /** Starts the application anew, after a restore that needs it. @default somebody is asked to */
  readonly onRestart?: (result: RestoreResultJson | undefined) => void
  /** Further classes of the outermost element. */
  readonly className?: string
}

const allTabs: readonly TabName[] = ['overview', 'backups', 'explore', 'storage', 'retention', 'drills', 'activity', 'settings']
const noPrices = {}
const tablesAsTheyWere = (props: ExploreProps): ReactNode => <TimeTravel {...props} />

/**
 * Everything about the backups of an application: whether the data is safe and why, every backup and the way back, where copies are, what
 * is kept, rehearsals, what happened, settings. Needs `@backup/react/dashboard.css`.
 *
 * @example
 * ```tsx
 * <BackupDashboard client={createBackupClient({ url: '/api/backup' })} />
 * ```
 */
export function BackupDashboard({ client, ...props }: BackupDashboardProps): ReactNode {
  const around = useMaybeBackupClient()
  const given = client ?? around
  return (
    <BackupClientProvider {...(given && { client: given })}>
      <Page {...props} />
    </BackupClientProvider>
  )
}

type About = NonNullable<Parameters<Dashboard['show']>[1]>

function Page(props: Omit<BackupDashboardProps, 'client'>): ReactNode {
  const { words = english, theme = 'auto', locale, prices = noPrices, openUrl, onRestart, className = '' } = props
  const { data: session } = useResource('GET /session')
  // Rows are data: who may not restore may not read them.
  const hasTables = session !== undefined && session.tables !== 'none' && session.can.includes('restore')
  const explore = props.explore ?? (hasTables ? tablesAsTheyWere : undefined)
  const names = (props.tabs ?? allTabs).filter((name) => name !== 'explore' || explore !== undefined)
  const [tab, setTab] = useState<TabName>(props.initialTab ?? names[0] ?? 'overview')
  const [about, setAbout] = useState<About>({})
  const [led, setLed] = useState(0)
  const ask = useRef<AskForRestore>(() => {})
  const askRows = useRef<AskForRows>(() => {})
  const panel = useRef<HTMLDivElement>(null)
  const format = useMemo(() => formatsOf(locale), [locale])
  const { onTab } = props
  const choose = useCallback<Dashboard['show']>(
    (next, what = {}) => {
      setTab(next)
      setAbout(what)
      onTab?.(next)
    },
    [onTab],
  )
  const show = useCallback<Dashboard['show']>(
    (next, what) => {
      choose(next, what)
      setLed((times) => times + 1)
    },
    [choose],
  )
  // What led there is gone with its tab.
  useEffect(() => {
    if (led > 0) panel.current?.focus()
  }, [led])
  const restore = useCallback<Dashboard['restore']>((request) => ask.current(request), [])
  const rowsBack = useCallback<Dashboard['rowsBack']>((request) => askRows.current(request), [])
  const hasExplore = explore !== undefined
  const dashboard = useMemo<Dashboard>(
    () => ({ words, format, prices, openUrl, onRestart, hasExplore, restore, rowsBack, show }),
    [words, format, prices, openUrl, onRestart, hasExplore, restore, rowsBack, show],
  )
  const contents: Readonly<Record<TabName, () => ReactNode>> = {
    overview: () => <Overview />,
    backups: () => <Backups day={about.day} onClear={() => setAbout({})} />,
    explore: () => explore?.({ snapshot: about.snapshot, choose: (snapshot) => setAbout(snapshot === undefined ? {} : { snapshot }), restore }),
    storage: () => <Storage />,
    retention: () => <Retention />,
    drills: () => <Drills />,
    activity: () => <><Lately /><DoneLately /><Audit /></>,
    settings: () => <><SchedulePanel /><Configuration /></>,
  }
  return (
    <DashboardProvider value={dashboard}>
      <div className={`backup-dashboard ${className}`} data-theme={theme}>
        <header className="backup-head">
          <Title />
          <ConnectionLine />
        </header>
        <Setup />
        <Begun>
          <Tabs names={names} current={tab} panel={panel} onChange={choose}>
            {contents[tab]()}
          </Tabs>
          {session?.can.includes('restore') && <RestoreDialog ask={ask} />}
          {hasTables && session.tables === 'bring-back' && <RowsBackDialog ask={askRows} />}
        </Begun>
      </div>
    </DashboardProvider>
  )
}

/**
 * Before there is a repository all there is to do is to connect accounts, and to set it up. Until that is known nobody is asked for what
 * may not be there.
 */
function Begun({ children }: { readonly children: ReactNode }): ReactNode {
  const { words } = useDashboard()
  const { data, error } = useResource('GET /setup')
  if (data?.state === 'new') return <Storage isNew />
  return (
    <>
      <Verdict />
      <RunningJobs />
      {data ? children : !error && <Waiting label={words.loading} lines={6} />}
    </>
  )
}

/** What is backed up. */
function Title(): ReactNode {
  const { words } = useDashboard()
  const { data } = useResource('GET /session')
  return (
    <h1 className="backup-title">
      {words.title} {data && <small title={data.label}>{data.label.split(/[\\/]/).at(-1)}</small>}
    </h1>
  )
}
