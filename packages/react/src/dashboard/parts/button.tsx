import type { ButtonHTMLAttributes, ReactNode } from 'react'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'danger' | 'quiet'
  /** It cannot be pressed now, and stays where it is for those who use a keyboard. */
  readonly isBusy?: boolean
}

export function Button({ look = 'plain', isBusy = false, onClick, className = '', ...rest }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      className={`backup-button backup-button-${look} ${className}`}
      aria-disabled={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    />
  )
}
