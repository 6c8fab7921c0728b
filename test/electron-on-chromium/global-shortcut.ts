const shortcuts = new Map<string, () => void>()

/** Electron's `globalShortcut`: no key of the system is taken. */
export const globalShortcut = {
  register(accelerator: string, callback: () => void): boolean {
    shortcuts.set(accelerator, callback)
    return true
  },
  isRegistered: (accelerator: string): boolean => shortcuts.has(accelerator),
  unregister(accelerator: string): void {
    shortcuts.delete(accelerator)
  },
  unregisterAll(): void {
    shortcuts.clear()
  },
}
