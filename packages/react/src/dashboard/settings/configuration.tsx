import type { ReactNode } from 'react'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Facts } from '../parts/facts.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { NewRecoveryCode } from './new-recovery-code.tsx'

/** What the application has set, to read. */
export function Configuration(): ReactNode {
  const { words: { settings: words, retention, loading, place, policy }, format } = useDashboard()
  const { data, error, refresh } = useResource('GET /configuration')
  const { data: session } = useResource('GET /session')
  if (!data) return <Panel title={words.configuration}>{error ? <Problem error={error} retry={refresh} /> : <Waiting label={loading} lines={6} />}</Panel>
  const { source, providers, copies, suite, keys, compression, collection, notify } = data
  return (
    <Panel title={words.configuration}>
      <p className="backup-hint">{words.readOnly}</p>
      <Facts
        of={[
          [words.source, `${source.label}${source.parts ? ` (${source.parts.join(', ')})` : ''}`],
          [words.providers, providers.map(({ name, location }) => `${place(name)} (${location})`).join(' · ')],
          [words.copies, words.copiesValue(format.count(copies.required), format.count(copies.target))],
          [words.encryption, suite.toUpperCase()],
          [words.keys, keys.map((key) => words.keyNames[key] ?? key).join(', ')],
          [words.compression, compression === 'auto' ? words.automatic : typeof compression === 'string' ? compression : `${compression.codec} ${compression.level ?? ''}`],
          [words.retention, data.retention.length > 0 ? data.retention.map(policy).join('; ') : retention.none],
          [words.undo, format.duration(collection.undoMs)],
          [words.notify, notify.length > 0 ? notify.join(', ') : words.nobody],
          [words.you, session && `${words.signedIn(session.actor)} ${words.may}: ${session.can.map((action) => words.actions[action]).join(', ')}.`],
        ]}
      />
      <NewRecoveryCode />
    </Panel>
  )
}
