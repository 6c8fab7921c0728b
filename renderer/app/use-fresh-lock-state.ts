import { useEffect } from 'react'
import { readLockState } from '../state/lock-store.ts'

const everyMs = 5_000
const inputs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** Asks main for the time left now and then while there is input, since input is what changes it. */
export function useFreshLockState(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void readLockState()
      }, everyMs)
    }
    for (const name of inputs) window.addEventListener(name, ask, { passive: true })
    return () => {
      clearTimeout(timer)
      for (const name of inputs) window.removeEventListener(name, ask)
    }
  }, [])
}
