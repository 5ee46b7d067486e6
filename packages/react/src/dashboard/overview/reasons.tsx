import type { ReactNode } from 'react'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { Technical } from '../parts/failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { usePlaceText } from '../storage/use-places.ts'
import { useNow } from '../use-now.ts'

/** Why it is as it is, and what to do. What follows from something else is shown below that. */
export function Reasons(): ReactNode {
  const { words, format } = useDashboard()
  const { data } = useHealth()
  const now = useNow()
  const named = usePlaceText()
  if (!data) return <Panel title={words.verdict.why}><Waiting label={words.loading} /></Panel>
  const { reasons, recommendations } = data
  return (
    <Panel title={words.verdict.why}>
      {reasons.length === 0 ? (
        <p className="backup-reason" data-tone="good">
          <Icon name="shield" also="check" />
          <span>{words.verdict.allGood}</span>
        </p>
      ) : (
        <ul className="backup-reasons">
          {reasons.map((reason) => {
            const { title, message, action } = words.reason(reason)
            return (
              <li key={reason.id} className="backup-reason" data-tone={reason.severity}>
                <Icon name="shield" also="alert" />
                <div>
                  <p className="backup-reason-title">
                    {named(title)} {reason.since && <span className="backup-hint">{words.verdict.since(format.past(reason.since, now))}</span>}
                  </p>
                  <p>{named(format.text(message))}</p>
                  <p className="backup-reason-action">{action}</p>
                  {message !== reason.message && <Technical text={`${reason.message} ${reason.action}`} />}
                </div>
              </li>
            )
          })}
        </ul>
      )}
      {recommendations.length > 0 && (
        <details className="backup-advice">
          <summary>
            <Icon name="bulb" size={16} /> {words.verdict.advice} ({format.count(recommendations.length)})
          </summary>
          <ul>
            {recommendations.map((advice) => {
              const { title, action } = words.reason({ ...advice, message: '' })
              return (
                <li key={advice.id}>
                  <strong>{title}.</strong> {action}
                </li>
              )
            })}
          </ul>
        </details>
      )}
    </Panel>
  )
}
