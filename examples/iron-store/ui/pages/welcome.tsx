import { useBackupClient } from '@backup/react'
import { type ReactNode, useState } from 'react'
import type { ShownSettings } from '../../backup/settings.ts'
import { ask, useTask } from '../ask.ts'
import { Field, Form } from '../parts/form.tsx'
import { goTo } from '../route.ts'
import { Return } from './return.tsx'

/** The first start: who you are, and where your copies go. */
export function Welcome({ settings, onLater }: { readonly settings: ShownSettings; onLater(): void }): ReactNode {
  const [isReturning, setReturning] = useState(false)
  return (
    <main className="welcome">
      <section className="card">
        <h1>Welcome to Iron Store</h1>
        {isReturning ? <Return settings={settings} onBack={() => setReturning(false)} /> : <Begin />}
        {!isReturning && (
          <p className="others">
            <button type="button" className="link" onClick={() => setReturning(true)}>I have backups of another machine</button>
            <button type="button" className="link" onClick={onLater}>Look around first</button>
          </p>
        )}
      </section>
    </main>
  )
}

function Begin(): ReactNode {
  const client = useBackupClient()
  const [name, setName] = useState('')
  const [backupFolder, setFolder] = useState('')
  const beginning = useTask(async () => {
    await ask('/shop', { name })
    await ask('/settings', { backupFolder })
    client.refresh()
  })
  return (
    <>
      <p>Two answers, and your data is backed up every 15 minutes from now on.</p>
      <Form task={beginning} submit="Go on" onDone={() => goTo('/settings/backups')}>
        <Field label="What is your shop called?" value={name} onChange={setName} required />
        <Field label="Where do backups go?" value={backupFolder} onChange={setFolder} hint="The whole path of a folder, best on another disk. It is made if it is not there. Google Drive and OneDrive can be added later." required />
      </Form>
    </>
  )
}
