import type { RestorePlanBody, RestoreResultJson, RowPlanBody } from '@backup/client'
import { type ReactNode, createContext, useContext } from 'react'
import type { Formats } from './format.ts'
import type { Words } from './words.ts'

export type TabName = 'overview' | 'backups' | 'explore' | 'storage' | 'retention' | 'drills' | 'activity' | 'settings'

/** What a gigabyte (10⁹ bytes) costs a month. */
export interface Price {
  readonly perGigabyteMonth: number
  /** ISO 4217: `EUR`. */
  readonly currency: string
}

export interface ExploreProps {
  /** The one that somebody chose; nothing when nobody did. */
  readonly snapshot: string | undefined
  choose(snapshot: string | undefined): void
  /** Opens the dialogue of a restore. */
  restore(request: RestorePlanBody): void
}

/** What all parts of the dashboard need. It changes only when the props of the dashboard do. */
export interface Dashboard {
  readonly words: Words
  readonly format: Formats
  readonly prices: Readonly<Record<string, Price>>
  readonly openUrl: ((url: string) => void) | undefined
  readonly onRestart: ((result: RestoreResultJson | undefined) => void) | undefined
  readonly hasExplore: boolean
  /** Opens the dialogue of a restore. */
  restore(request: RestorePlanBody): void
  /** Opens the dialogue that brings single rows back. */
  rowsBack(request: RowPlanBody): void
  /** Leads to a tab, with what it is to begin with. */
  show(tab: TabName, about?: { readonly day?: string; readonly snapshot?: string }): void
}

const DashboardContext = createContext<Dashboard | undefined>(undefined)

export function DashboardProvider({ value, children }: { readonly value: Dashboard; readonly children: ReactNode }): ReactNode {
  return <DashboardContext.Provider value={value}>{children}</DashboardContext.Provider>
}

export function useDashboard(): Dashboard {
  return useContext(DashboardContext)!
}
