import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef } from 'react'
import { type TabName, useDashboard } from './context.tsx'

export interface TabsProps {
  readonly names: readonly TabName[]
  readonly current: TabName
  /** Of what is shown, for whoever leads there. */
  readonly panel: RefObject<HTMLDivElement | null>
  onChange(name: TabName): void
  readonly children: ReactNode
}

const steps: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** Arrow keys go from tab to tab. @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ */
export function Tabs({ names, current, panel, onChange, children }: TabsProps): ReactNode {
  const { words } = useDashboard()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  // On a narrow page the row of tabs scrolls by itself; the page stays where it is. Where things are is asked when they have been laid out
  // anyway.
  useEffect(() => {
    const timer = setTimeout(() => {
      const tab = list.current?.querySelector<HTMLElement>('[aria-selected=true]')
      if (list.current && tab) list.current.scrollLeft = tab.offsetLeft - list.current.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2
    }, 50)
    return () => clearTimeout(timer)
  }, [current])
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = steps[event.key]?.(names.indexOf(current), names.length)
    if (next === undefined) return
    event.preventDefault()
    onChange(names[next]!)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return (
    <>
      <div ref={list} role="tablist" aria-label={words.title} className="backup-tabs" onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === current}
            aria-controls={`${id}-panel`}
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChange(name)}
          >
            {words.tabs[name]}
          </button>
        ))}
      </div>
      <div ref={panel} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`} className="backup-tabpanel" tabIndex={-1}>
        {children}
      </div>
    </>
  )
}
