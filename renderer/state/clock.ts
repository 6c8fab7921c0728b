import { useEffect, useState } from 'react'

/** The page's monotonic clock, read again every so many milliseconds. */
export function useMonotonicNow(everyMs: number): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
