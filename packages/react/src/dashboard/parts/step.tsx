import { type ReactNode, useEffect, useRef } from 'react'

/** One of several steps in a dialogue. What had the focus in the one before is gone: it goes to the heading, which is read out. */
export function Step({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className="backup-stack">
      <h4 ref={heading} tabIndex={-1}>{title}</h4>
      {children}
    </div>
  )
}
