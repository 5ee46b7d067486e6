import type { ReactNode } from 'react'
import type { Backups } from '../../use-backups.ts'
import { useDashboard } from '../context.tsx'
import { Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'

export interface ListedProps {
  readonly backups: Pick<Backups, 'data' | 'error' | 'refresh'>
}

/** In the place of what is drawn of backups, as long as it is not known which there are. */
export function NotListed({ backups: { error, refresh } }: ListedProps): ReactNode {
  const { words } = useDashboard()
  return error ? <Problem error={error} retry={refresh} /> : <Waiting label={words.loading} />
}
