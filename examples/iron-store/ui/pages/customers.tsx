import { type ReactNode, useDeferredValue, useState } from 'react'
import type { Customer } from '../../store/customers.ts'
import { ask, useAsk, useTask } from '../ask.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Form } from '../parts/form.tsx'
import { Head } from '../parts/head.tsx'
import { Problem } from '../parts/notice.tsx'

export function Customers(): ReactNode {
  const [search, setSearch] = useState('')
  const { data, error, retry } = useAsk<readonly Customer[]>(`/customers?search=${encodeURIComponent(useDeferredValue(search))}`)
  const [open, setOpen] = useState<Customer | 'new'>()
  return (
    <>
      <Head title="Customers" search={search} onSearch={setSearch}>
        <button type="button" className="primary" onClick={() => setOpen('new')}>New customer</button>
      </Head>
      <Problem error={error} retry={retry} />
      {data?.length === 0 && <p className="empty">{search === '' ? 'There are no customers yet.' : 'None is like that.'}</p>}
      {data && data.length > 0 && (
        <section className="card">
          <ul className="rows">
            {data.map((customer) => (
              <li key={customer.id} className="row">
                <button type="button" className="grow link" onClick={() => setOpen(customer)}>{customer.name}</button>
                <span className="soft wide-only">{customer.address.replaceAll('\n', ', ')}</span>
                <span className="soft">{customer.phone}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {open && <CustomerDialog {...(open !== 'new' && { customer: open })} onClose={() => setOpen(undefined)} />}
    </>
  )
}

function CustomerDialog({ customer, onClose }: { readonly customer?: Customer; onClose(): void }): ReactNode {
  const [name, setName] = useState(customer?.name ?? '')
  const [address, setAddress] = useState(customer?.address ?? '')
  const [email, setEmail] = useState(customer?.email ?? '')
  const [phone, setPhone] = useState(customer?.phone ?? '')
  const saving = useTask(() => ask(customer ? `/customers/${customer.id}` : '/customers', { name, address, email, phone }))
  return (
    <Dialog title={customer ? 'Customer' : 'New customer'} onClose={onClose}>
      <Form task={saving} submit="Save" onDone={onClose} onCancel={onClose}>
        <Field label="Name" value={name} onChange={setName} required />
        <Field label="Address" value={address} onChange={setAddress} isLong />
        <div className="pair">
          <Field label="E-mail" type="email" value={email} onChange={setEmail} />
          <Field label="Telephone" type="tel" value={phone} onChange={setPhone} />
        </div>
      </Form>
    </Dialog>
  )
}
