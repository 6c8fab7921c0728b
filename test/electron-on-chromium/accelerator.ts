/** A key with its modifiers, all in one case. */
export interface Accelerator {
  readonly key: string
  readonly shift: boolean
  readonly control: boolean
  readonly alt: boolean
  readonly meta: boolean
}

const isMac = process.platform === 'darwin'

const keyNames: Readonly<Record<string, string>> = {
  plus: '+',
  space: ' ',
  return: 'enter',
  esc: 'escape',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
  del: 'delete',
}

/** Reads Electron's notation, such as `CmdOrCtrl+Shift+L`. */
export function parseAccelerator(text: string): Accelerator {
  const parts = text.replace(/\+\+$/, '+plus').toLowerCase().split('+')
  const key = parts.at(-1) ?? ''
  const modifiers = new Set(parts.slice(0, -1))
  const either = modifiers.has('cmdorctrl') || modifiers.has('commandorcontrol')
  return {
    key: keyNames[key] ?? key,
    shift: modifiers.has('shift'),
    control: modifiers.has('ctrl') || modifiers.has('control') || (either && !isMac),
    alt: modifiers.has('alt') || modifiers.has('option') || modifiers.has('altgr'),
    meta: ['cmd', 'command', 'super', 'meta'].some((name) => modifiers.has(name)) || (either && isMac),
  }
}

/** Whether a key press is this accelerator's. */
export function pressed(accelerator: Accelerator, press: Accelerator & { readonly code: string }): boolean {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1]
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1]?.toLowerCase()
  const keys = [press.key.toLowerCase(), digit, letter]
  // Shift is part of how `+` is typed on most keyboards.
  const shiftMatters = accelerator.key !== '+'
  return (
    keys.includes(accelerator.key) &&
    (!shiftMatters || accelerator.shift === press.shift) &&
    accelerator.control === press.control &&
    accelerator.alt === press.alt &&
    accelerator.meta === press.meta
  )
}
