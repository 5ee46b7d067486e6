import { useBackupClient } from '@backup/react'
import { type ReactNode, useState } from 'react'
import type { ShownSettings } from '../../backup/settings.ts'
import { ask, changed, useAsk, useTask } from '../ask.ts'
import { Field, Form } from './form.tsx'

/** The backups are there, and this machine has no key to them: it lost its own, or is new. */
export function Unlock(): ReactNode {
  const { data: settings } = useAsk<ShownSettings>('/settings')
  if (!settings) return null
  return (
    <section className="card narrow" aria-label="Recovery code" role="alert">
      <h2>This machine has no key to your backups</h2>
      {settings.isEmpty ? (
        <>
          <p>They are there. With your recovery code the newest of them comes back to this machine, with everything in it.</p>
          <CodeForm submit="Bring my data back" path="/recover" />
        </>
      ) : (
        <>
          <p>They are there, and nothing is lost. With your recovery code this machine gets a new key, and backups go on. What is here now stays as it is.</p>
          <CodeForm submit="Open my backups" path="/unlock" />
        </>
      )}
    </section>
  )
}

export interface CodeFormProps {
  readonly submit: string
  readonly path: '/recover' | '/unlock'
  onDone?(): void
  onCancel?(): void
}

/** Asks for what is on paper. */
export function CodeForm({ submit, path, onDone, onCancel }: CodeFormProps): ReactNode {
  const client = useBackupClient()
  const [code, setCode] = useState('')
  const opening = useTask(async () => {
    try {
      await ask(path, { code })
    } finally {
      // Also after a wrong one: it was tried with another connection, and the page asks anew.
      client.refresh()
    }
    changed()
  })
  return (
    <Form task={opening} submit={submit} {...(onDone && { onDone })} {...(onCancel && { onCancel })}>
      <Field label="Recovery code" value={code} onChange={setCode} hint="The one that you printed when backups were set up." required />
    </Form>
  )
}
