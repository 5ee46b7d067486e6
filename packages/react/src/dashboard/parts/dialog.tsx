import { type ReactNode, useCallback, useId, useRef } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

export interface DialogProps {
  readonly title: ReactNode
  readonly isOpen: boolean
  onClose(): void
  /** Nothing but what is in it closes it. */
  readonly isFirm?: boolean
  /** Is read out when it changes, whatever has the focus. */
  readonly status?: string | undefined
  readonly children: ReactNode
}

/** A window over the page. The browser keeps the focus in it, gives it back, and closes it with Escape. */
export function Dialog({ title, isOpen, onClose, isFirm = false, status, children }: DialogProps): ReactNode {
  const { words } = useDashboard()
  const id = useId()
  const element = useRef<HTMLDialogElement | null>(null)
  // With a reference, and not in an effect: before what is in it takes the focus. A server, too, can render that without a warning.
  const opened = useCallback(
    (dialog: HTMLDialogElement | null) => {
      element.current = dialog
      if (isOpen && dialog && !dialog.open) dialog.showModal()
      if (!isOpen && dialog?.open) dialog.close()
    },
    [isOpen],
  )
  return (
    <dialog
      ref={opened}
      className="backup-dialog"
      aria-labelledby={id}
      onCancel={(event) => isFirm && event.preventDefault()}
      // The second Escape in a row closes it all the same: browsers do not let a page refuse twice.
      onClose={() => (isFirm && isOpen ? element.current?.showModal() : onClose())}
    >
      {isOpen && (
        <>
          <header className="backup-dialog-head">
            <h3 id={id}>{title}</h3>
            {!isFirm && (
              <Button look="quiet" className="backup-icon-button" aria-label={words.dialog.close} onClick={onClose}>
                <Icon name="close" />
              </Button>
            )}
          </header>
          <p role="status" className="backup-unseen">{status}</p>
          <div className="backup-dialog-body">{children}</div>
        </>
      )}
    </dialog>
  )
}
