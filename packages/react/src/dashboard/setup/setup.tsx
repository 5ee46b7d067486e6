import { type ReactNode, useEffect, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Failure } from '../parts/failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'
import { CodeWaits, type Made, RecoveryCode } from './recovery-code.tsx'

/** What stands in the way of the repository; nothing when it is there and opens. */
export function Setup(): ReactNode {
  const { words: { setup: words } } = useDashboard()
  const client = useBackupClient()
  const { data, refresh } = useResource('GET /setup')
  const may = useMay()
  const [made, setMade] = useState<Made>()
  const [isAsked, setAsked] = useState<boolean>()
  useEffect(() => {
    if (data) setAsked((known) => known ?? data.codeToNote === true)
  }, [data])
  const get = async (): Promise<void> => {
    const { recoveryCode, created } = await client.call('POST /setup')
    client.refresh()
    if (recoveryCode !== undefined) setMade({ code: recoveryCode, isFirst: created })
    else if (created) begin()
  }
  const making = useTask(get)
  const showing = useTask(get)
  const first = useTask(() => client.call('POST /backups', { body: {} }))
  const begin = (): void => {
    if (may('run')) void first.run()
  }
  const isThere = !data || data.state === 'ready'
  return (
    <>
      {!isThere && (
        <section className="backup-setup" data-state={data.state} role={data.state === 'new' ? undefined : 'alert'}>
          <Icon name={data.state === 'locked' ? 'lock' : data.state === 'new' ? 'shield' : 'disk'} size={40} />
          <div>
            <h2>{words[data.state as Exclude<typeof data.state, 'ready'>]}</h2>
            <p>{words[`${data.state as Exclude<typeof data.state, 'ready'>}Hint`]}</p>
            {data.problem && <Failure of={data.problem} />}
            <Problem error={making.error} />
          </div>
          {data.state === 'new' ? (
            may('configure') && <Button look="primary" isBusy={making.isBusy} onClick={() => void making.run()}>{words.begin}</Button>
          ) : (
            <Button onClick={() => void refresh().catch(() => {})}>{words.retry}</Button>
          )}
        </section>
      )}
      {data?.codeToNote && !made && !making.isBusy && may('configure') && <CodeWaits isAsked={isAsked === true} showing={showing} onLater={() => setAsked(false)} />}
      <RecoveryCode
        made={made}
        mayBackUp={may('run')}
        onNoted={() => {
          if (made?.isFirst) begin()
          setMade(undefined)
        }}
      />
      <Problem error={first.error} retry={() => first.run()} />
    </>
  )
}
