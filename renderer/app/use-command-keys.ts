import { useEffect } from 'react'
import { type CommandContext, type CommandKey, commandsOf } from './commands.ts'

/** Runs the command whose key is pressed. */
export function useCommandKeys(context: CommandContext | undefined): void {
  useEffect(() => {
    if (!context) return
    const onKeyDown = (event: KeyboardEvent) => {
      const command = commandsOf(context).find(({ key }) => key && isPressed(key, event))
      if (!command || command.disabledReason?.()) return
      command.run(context)
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [context])
}

/** Whether an event is that key, by itself or with Ctrl or Cmd as it asks for. */
export function isPressed({ key, withCommand, types }: CommandKey, event: KeyboardEvent): boolean {
  if (event.key !== key && event.key !== key.toUpperCase()) return false
  const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
  if (withCommand) return command
  return !types || (!command && !isTyping(event.target))
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}
