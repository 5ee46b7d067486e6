import { type ReactNode, useEffect, useRef } from 'react'

export interface DialogProps {
  readonly title: string
  onClose(): void
  readonly children: ReactNode
}

/** Shown as long as it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} className="dialog" aria-label={title} onCancel={(event) => { event.preventDefault(); onClose() }}>
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}
