import { type ReactNode, useState } from 'react'
import type { Keep, Often, ShownSettings } from '../../backup/settings.ts'
import { useAsk } from '../ask.ts'
import { Choice, Field, Form } from '../parts/form.tsx'
import { useSaving } from '../use-saving.ts'
import { VendorForm } from './vendor-form.tsx'

const oftens: readonly (readonly [Often, string])[] = [
  ['15m', 'Every 15 minutes'], ['30m', 'Every 30 minutes'], ['1h', 'Every hour'],
  ['auto', 'As often as it is worth it'], ['daily', 'Every night at two'], ['weekly', 'Sundays at two'],
]
const keeps: readonly (readonly [Keep, string])[] = [
  ['fifteen-years', 'Daily for a month, weekly for a year, monthly for ten years, yearly for ever'],
  ['year', 'Daily for a month, monthly for a year'],
  ['last-100', 'The last hundred'],
]
const vendors = [['google', 'Google Drive'], ['microsoft', 'OneDrive']] as const

export function BackupSettings(): ReactNode {
  const { data } = useAsk<ShownSettings>('/settings')
  if (!data) return null
  return (
    <>
      <PlaceForm key={`${data.backupFolder} ${data.often} ${data.keep}`} settings={data} />
      {vendors.map(([name, title]) => (
        <section key={name} className="card narrow" aria-label={title}>
          <h2>In {title}</h2>
          <VendorForm key={data[name]?.clientId} name={name} known={data[name]} submit="Save" />
          {data[name] && <p className="soft">Now <a href="#/settings/accounts">sign in</a>, if you have not yet.</p>}
        </section>
      ))}
    </>
  )
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
        <Choice label="What is kept" value={keep} options={keeps} onChange={setKeep} hint="While less than a tenth of a place is left, fewer of those of the last weeks." />
      </Form>
    </section>
  )
}
