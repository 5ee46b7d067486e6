import { type ReactNode, useState } from 'react'
import type { AccountJson } from '@backup/client'
import { useProviders } from '../../use-providers.ts'
import { useDashboard } from '../context.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { PlanDialog } from '../parts/plan-dialog.tsx'
import { Account } from './account.tsx'
import { ProviderCard } from './provider-card.tsx'
import { placeNames } from './use-places.ts'

/** Where copies are, and the accounts that lead there. */
export function Storage({ isNew = false }: { readonly isNew?: boolean }): ReactNode {
  const { words: { storage, loading, place } } = useDashboard()
  const providers = useProviders()
  const { data, error, refresh } = providers
  const titles = placeNames(data?.providers ?? [], place)
  const [leaving, setLeaving] = useState<AccountJson>()
  const [isUnrevoked, setUnrevoked] = useState(false)
  return (
    <>
      <Panel title={storage.title}>
        {!data && !error && <Waiting label={loading} lines={4} />}
        {!data && <Problem error={error} retry={refresh} />}
        {data?.providers.length === 0 && <p className="backup-empty">{storage.none}</p>}
        <ul className="backup-cards">
          {data?.providers.map((provider) => (
            <ProviderCard key={provider.location} provider={provider} title={titles.get(provider.location)!} isNew={isNew} />
          ))}
        </ul>
      </Panel>
      {data && data.accounts.length > 0 && (
        <Panel title={storage.accounts}>
          <ul className="backup-cards">
            {data.accounts.map((account) => (
              <Account key={account.id} account={account} providers={providers} onLeave={() => setLeaving(account)} />
            ))}
          </ul>
          {isUnrevoked && <p className="backup-hint" role="status">{storage.disconnectNotRevoked}</p>}
        </Panel>
      )}
      <PlanDialog
        title={storage.disconnectTitle(leaving?.title ?? '')}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        plan={async () => leaving!}
        show={() => <p>{storage.disconnectWhat}</p>}
        confirm={storage.disconnectConfirm}
        apply={async ({ id }, reason) => setUnrevoked(!(await providers.disconnect(id, reason)).revoked)}
      />
    </>
  )
}
