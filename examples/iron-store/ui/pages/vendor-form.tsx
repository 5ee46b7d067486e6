import { type ReactNode, useState } from 'react'
import type { ShownSettings, VendorName } from '../../backup/settings.ts'
import { Field, Form } from '../parts/form.tsx'
import { useSaving } from '../use-saving.ts'

export interface VendorFormProps {
  readonly name: VendorName
  /** What is set already. */
  readonly known: ShownSettings[VendorName]
  readonly submit: string
  /** Below the client id. @default where one gets it */
  readonly hint?: string
  onDone?(): void
}

const vendors = {
  google: { title: 'Google Drive', needsSecret: true },
  microsoft: { title: 'OneDrive', needsSecret: false },
} as const

/** Your own client of a vendor. */
export function VendorForm({ name, known, submit, hint, onDone }: VendorFormProps): ReactNode {
  const { title, needsSecret } = vendors[name]
  const [clientId, setId] = useState(known?.clientId ?? '')
  const [clientSecret, setSecret] = useState('')
  const saving = useSaving(() => ({ [name]: { clientId, ...(clientSecret !== '' && { clientSecret }) } }))
  const usual = known ? 'Empty it to leave this place.' : 'Of your own application with the vendor. The README says how to get one.'
  return (
    <Form task={saving} submit={submit} {...(onDone && { onDone })}>
      <Field label={`Client id of ${title}`} value={clientId} onChange={setId} hint={hint ?? usual} />
      {needsSecret && <Field label={`Client secret of ${title}`} type="password" value={clientSecret} onChange={setSecret} {...(known?.hasSecret && { hint: 'One is stored. Enter another to replace it.' })} />}
    </Form>
  )
}
