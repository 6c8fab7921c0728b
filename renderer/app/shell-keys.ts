import { useEffect } from 'react'
import type { InstanceState } from '../../domain/instance.ts'
import { connectAgain, refreshInstance } from '../state/instances.ts'
import { goToInstance } from '../state/navigation.ts'
import { lockNow } from './lock-now.ts'

/** Ctrl/Cmd+1…9 chooses an instance, F5 asks again, `/` searches, Ctrl/Cmd+L locks. */
export function useShellKeys(instances: readonly InstanceState[], current: InstanceState | undefined): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const withCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      if (withCommand && /^[1-9]$/.test(event.key)) {
        const chosen = instances[Number(event.key) - 1]
        if (chosen) goToInstance(chosen.instance.id)
      } else if (withCommand && event.key.toLowerCase() === 'l') {
        lockNow()
      } else if (event.key === 'F5') {
        if (current) refresh(current)
      } else if (event.key === '/' && !withCommand && !isTyping(event.target)) {
        const search = document.querySelector<HTMLInputElement>('input[type="search"]')
        if (!search) return
        search.focus()
        search.select()
      } else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [instances, current])
}

function refresh({ instance, connection }: InstanceState): void {
  if (connection.status === 'connected') refreshInstance(instance.id)
  else void connectAgain(instance.id)
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}
