import { useEffect, useEffectEvent } from 'react'

/** Calls `onEscape` for Esc, unless a dialog or a search field wants the key for itself. */
export function useEscape(onEscape: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || document.querySelector('[role="dialog"], [role="menu"]')) return
    if (event.target instanceof HTMLInputElement && event.target.type === 'search') return
    onEscape()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKeyDown(event)
    window.addEventListener('keydown', listen, { capture: true })
    return () => window.removeEventListener('keydown', listen, { capture: true })
  }, [])
}
