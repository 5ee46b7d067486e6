import { useBackupClient } from '@backup/react'
import { type ReactNode, useState } from 'react'
import type { Keep, Often, ShownSettings, VendorName } from '../../backup/settings.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { Choice, Field, Form } from '../parts/form.tsx'

const oftens: readonly (readonly [Often, string])[] = [
  ['15m', 'Every 15 minutes'], ['30m', 'Every 30 minutes'], ['1h', 'Every hour'],
  ['auto', 'As often as it is worth it'], ['daily', 'Every night at two'], ['weekly', 'Sundays at two'],
]
const keeps: readonly (readonly [Keep, string])[] = [
  ['fifteen-years', 'Daily for a month, weekly for a year, monthly for ten years, yearly for ever'],
  ['year', 'Daily for a month, monthly for a year'],
  ['last-100', 'The last hundred'],
]
const vendors = [
  ['google', 'Google Drive', true],
  ['microsoft', 'OneDrive', false],
] as const

export function BackupSettings(): ReactNode {
  const { data } = useAsk<ShownSettings>('/settings')
  if (!data) return null
  return (
    <>
      <PlaceForm key={`${data.backupFolder} ${data.often} ${data.keep}`} settings={data} />
      {vendors.map(([name, title, needsSecret]) => (
        <VendorForm key={`${name} ${data[name]?.clientId}`} name={name} title={title} needsSecret={needsSecret} settings={data} />
      ))}
    </>
  )
}

/** The backup is opened anew with them: what the page knows of it is asked for again. */
function useSaving(body: () => object): ReturnType<typeof useTask> {
  const client = useBackupClient()
  return useTask(async () => {
    await ask('/settings', body())
    client.refresh()
  })
}

function PlaceForm({ settings }: { readonly settings: ShownSettings }): ReactNode {
  const [backupFolder, setFolder] = useState(settings.backupFolder ?? '')
  const [often, setOften] = useState(settings.often)
  const [keep, setKeep] = useState(settings.keep)
  const saving = useSaving(() => ({ backupFolder, often, keep }))
  return (
    <section className="card narrow">
      <h2>On a disk</h2>
      <Form task={saving} submit="Save">
        <Field label="Folder for backups" value={backupFolder} onChange={setFolder} hint="Best on another disk: one that dies does not take the copies with it." required />
        <Choice label="How often" value={often} options={oftens} onChange={setOften} />
        <Choice label="What is kept" value={keep} options={keeps} onChange={setKeep} />
      </Form>
    </section>
  )
}

function VendorForm({ name, title, needsSecret, settings }: { readonly name: VendorName; readonly title: string; readonly needsSecret: boolean; readonly settings: ShownSettings }): ReactNode {
  const known = settings[name]
  const [clientId, setId] = useState(known?.clientId ?? '')
  const [clientSecret, setSecret] = useState('')
  const saving = useSaving(() => ({ [name]: { clientId, ...(clientSecret !== '' && { clientSecret }) } }))
  return (
    <section className="card narrow" aria-label={title}>
      <h2>In {title}</h2>
      <Form task={saving} submit="Save">
        <Field label={`Client id of ${title}`} value={clientId} onChange={setId} hint={known ? 'Empty it to leave this place.' : 'Of your own application with the vendor. The README says how to get one.'} />
        {needsSecret && <Field label={`Client secret of ${title}`} type="password" value={clientSecret} onChange={setSecret} {...(known?.hasSecret && { hint: 'One is stored. Enter another to replace it.' })} />}
        {known && <p className="soft">Now <a href="#/settings/accounts">sign in</a>, if you have not yet.</p>}
      </Form>
    </section>
  )
}
