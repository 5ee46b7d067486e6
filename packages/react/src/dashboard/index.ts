'use client'

export { BackupDashboard, type BackupDashboardProps } from './backup-dashboard.tsx'
export type { ExploreProps, Price, TabName } from './context.tsx'
export { type Words, english } from './words.ts'
