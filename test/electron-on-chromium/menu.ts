import { EventEmitter } from 'node:events'
import { app } from './app.ts'
import type { KeyPress } from './injected/messages.ts'

type Template = Electron.MenuItemConstructorOptions

const isMac = process.platform === 'darwin'

/** Electron's `MenuItem`, as a menu has it. */
class StandInMenuItem {
  readonly id: string
  readonly accelerator: string | null
  readonly submenu?: StandInMenu
  readonly click: () => void
  readonly label: string
  readonly enabled: boolean

  constructor(options: Template) {
    // The other roles do nothing here. Editing is left to Chromium's own keys.
    const quits = options.role === 'quit'
    this.id = options.id ?? ''
    this.label = options.label ?? ''
    this.accelerator = options.accelerator ?? (quits ? 'CmdOrCtrl+Q' : null)
    this.enabled = options.enabled ?? true
    if (Array.isArray(options.submenu)) this.submenu = StandInMenu.buildFromTemplate(options.submenu)
    const run = (options.click as (() => void) | undefined) ?? (quits ? () => app.quit() : undefined)
    this.click = () => {
      if (this.enabled) run?.()
    }
  }
}

/** Electron's `Menu`. The application's menu is not drawn; its items are there to find and click, and by their keys. */
export class StandInMenu extends EventEmitter {
  static #application: StandInMenu | null = null

  static buildFromTemplate(template: readonly (Template | Electron.MenuItem)[]): StandInMenu {
    const menu = new StandInMenu()
    for (const options of template) menu.items.push(new StandInMenuItem(options as Template))
    return menu
  }

  static setApplicationMenu(menu: object | null): void {
    StandInMenu.#application = menu as StandInMenu | null
  }

  static getApplicationMenu(): StandInMenu | null {
    return StandInMenu.#application
  }

  readonly items: StandInMenuItem[] = []

  getMenuItemById(id: string): StandInMenuItem | null {
    return this.allItems().find((item) => item.id === id) ?? null
  }

  /** This menu's items and those of all menus in it. */
  allItems(): StandInMenuItem[] {
    return this.items.flatMap((item) => [item, ...(item.submenu?.allItems() ?? [])])
  }
}

/** Does what the application's menu has on these keys. */
export function pressAccelerator(press: KeyPress): void {
  const items = StandInMenu.getApplicationMenu()?.allItems() ?? []
  items.find(({ accelerator }) => accelerator !== null && isPressed(accelerator, press))?.click()
}

/** Whether a key press is that of an accelerator in Electron's notation, such as `CmdOrCtrl+Shift+L`. */
export function isPressed(accelerator: string, press: KeyPress): boolean {
  const parts = accelerator.toLowerCase().split('+')
  const has = (...names: readonly string[]) => names.some((name) => parts.slice(0, -1).includes(name))
  const either = has('cmdorctrl', 'commandorcontrol')
  return (
    press.key.toLowerCase() === parts.at(-1) &&
    press.shiftKey === has('shift') &&
    press.altKey === has('alt', 'option') &&
    press.ctrlKey === (has('ctrl', 'control') || (either && !isMac)) &&
    press.metaKey === (has('cmd', 'command') || (either && isMac))
  )
}
