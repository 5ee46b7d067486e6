import { useBackupClient, useProviders, useResource } from '@backup/react'
import { type ReactNode, useState } from 'react'
import type { ShownSettings, VendorName } from '../../backup/settings.ts'
import { ask, useTask } from '../ask.ts'
import { Choice, Field, Form } from '../parts/form.tsx'
import { Notice } from '../parts/notice.tsx'
import { CodeForm } from '../parts/unlock.tsx'
import { goTo } from '../route.ts'
import { openOutside } from '../token.ts'
import { VendorForm } from './vendor-form.tsx'

type Place = 'folder' | VendorName

const places: readonly (readonly [Place, string])[] = [['folder', 'In a folder'], ['google', 'In Google Drive'], ['microsoft', 'In OneDrive']]

export interface ReturnProps {
  readonly settings: ShownSettings
  onBack(): void
}

/** A new machine in the place of one that is gone: its data comes back, from whatever is left of its copies. */
export function Return({ settings, onBack }: ReturnProps): ReactNode {
  const [place, setPlace] = useState<Place>(settings.google ? 'google' : settings.microsoft ? 'microsoft' : 'folder')
  return (
    <>
      <p>Your newest backup comes back to this machine, with everything in it.</p>
      <div className="form">
        <Choice label="Where are the backups?" value={place} options={places} onChange={setPlace} />
      </div>
      {place === 'folder' ? <FromFolder onBack={onBack} /> : <FromCloud key={place} name={place} settings={settings} onBack={onBack} />}
    </>
  )
}

const begin = (): void => goTo('/')

function FromFolder({ onBack }: { onBack(): void }): ReactNode {
  const client = useBackupClient()
  const [backupFolder, setFolder] = useState('')
  const [code, setCode] = useState('')
  const returning = useTask(async () => {
    await ask('/recover', { backupFolder, code })
    client.refresh()
  })
  return (
    <Form task={returning} submit="Bring my data back" onDone={begin} onCancel={onBack}>
      <Field label="Folder of the backups" value={backupFolder} onChange={setFolder} hint="The whole path: on the disk, or downloaded from the cloud." required />
      <Field label="Recovery code" value={code} onChange={setCode} hint="The one that you printed when backups were set up." required />
    </Form>
  )
}

const sameClient = 'The same as on the other machine: with another one its backups are not seen.'
const titles: Readonly<Record<VendorName, string>> = { google: 'Google Drive', microsoft: 'OneDrive' }

/** Its client id, a sign-in, the recovery code: one after the other. */
function FromCloud({ name, settings, onBack }: ReturnProps & { readonly name: VendorName }): ReactNode {
  const known = settings[name]
  const [isNaming, setNaming] = useState(!known)
  if (isNaming || !known) {
    return (
      <>
        <VendorForm name={name} known={known} hint={sameClient} submit="Go on" onDone={() => setNaming(false)} />
        <p className="others"><button type="button" className="link" onClick={onBack}>Back</button></p>
      </>
    )
  }
  return (
    <>
      <p className="soft">With client id {known.clientId}. <button type="button" className="link" onClick={() => setNaming(true)}>Change it</button></p>
      <SignedIn name={name} onBack={onBack} />
    </>
  )
}

function SignedIn({ name, onBack }: { readonly name: VendorName; onBack(): void }): ReactNode {
  const { data, connect, signIn, cancelSignIn } = useProviders()
  const { data: setup } = useResource('GET /setup')
  const account = data?.accounts.find(({ id }) => id === name)
  if (!account) return null
  const isWaiting = signIn.step === 'starting' || signIn.step === 'waiting'
  const failed = signIn.step === 'failed' ? signIn.error.message : signIn.step === 'ended' ? signIn.signIn.error?.message : undefined
  if (account.state === 'connected' && setup?.state === 'new') {
    return <Notice tone="warning" title={`There are no backups in this account of ${titles[name]}`}>Sign in with another one, or with the client id of the other machine.</Notice>
  }
  if (account.state === 'connected') return <CodeForm submit="Bring my data back" path="/recover" onDone={begin} onCancel={onBack} />
  return (
    <>
      {failed !== undefined && <Notice tone="critical" title={failed} />}
      {signIn.step === 'waiting' && (
        <Notice tone="good" title={`Sign in with ${account.title} in the window that has opened`}>
          {signIn.window === 'blocked' && <a className="button primary" href={signIn.url} target="_blank" rel="noopener noreferrer">Open the page of {account.title}</a>}
        </Notice>
      )}
      <div className="actions">
        <button type="button" className="primary" disabled={isWaiting} onClick={() => void connect(name, openOutside && outside)}>Connect {account.title}</button>
        <button type="button" onClick={() => (isWaiting ? void cancelSignIn() : onBack())}>Cancel</button>
      </div>
    </>
  )
}

/** What a shell opens is not ours: nobody can say whether it was closed. */
function outside(): { go(url: string): void; isClosed(): boolean; close(): void } {
  return { go: (url) => openOutside?.(url), isClosed: () => false, close: () => {} }
}
