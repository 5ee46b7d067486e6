import { useEffect, useState } from 'react'

const everyMs = 15_000

/** The time, now and then, so that "3 minutes ago" does not stay that. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [])
  return now
}
