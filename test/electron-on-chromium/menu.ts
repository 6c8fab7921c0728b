import { EventEmitter } from 'node:events'
import { parseAccelerator, pressed } from './accelerator.ts'
import { app } from './app.ts'
import { StandInBrowserWindow } from './browser-window.ts'

type Template = Electron.MenuItemConstructorOptions

/** A key press as `before-input-event` tells it. */
export interface KeyEvent {
  readonly type: 'keyDown'
  readonly key: string
  readonly code: string
  readonly isAutoRepeat: boolean
  readonly shift: boolean
  readonly control: boolean
  readonly alt: boolean
  readonly meta: boolean
}

interface Role {
  readonly label: string
  readonly accelerator?: string
  readonly run?: (window: StandInBrowserWindow) => void
  readonly submenu?: readonly Template[]
}

const isMac = process.platform === 'darwin'

/** What Electron's roles do by themselves. Those of editing are left to Chromium, which knows their keys. */
const roles: Readonly<Record<string, Role>> = {
  undo: { label: 'Undo' },
  redo: { label: 'Redo' },
  cut: { label: 'Cut' },
  copy: { label: 'Copy' },
  paste: { label: 'Paste' },
  pasteandmatchstyle: { label: 'Paste and Match Style' },
  delete: { label: 'Delete' },
  selectall: { label: 'Select All' },
  about: { label: 'About' },
  services: { label: 'Services' },
  hide: { label: 'Hide', accelerator: 'Cmd+H', run: (window) => window.hide() },
  hideothers: { label: 'Hide Others' },
  unhide: { label: 'Show All' },
  front: { label: 'Bring All to Front' },
  window: { label: 'Window' },
  help: { label: 'Help' },
  quit: { label: isMac ? 'Quit' : 'Exit', accelerator: 'CmdOrCtrl+Q', run: () => app.quit() },
  close: { label: 'Close Window', accelerator: 'CmdOrCtrl+W', run: (window) => window.close() },
  minimize: { label: 'Minimize', accelerator: 'CmdOrCtrl+M', run: (window) => window.minimize() },
  zoom: { label: 'Zoom', run: (window) => window.maximize() },
  reload: { label: 'Reload', accelerator: 'CmdOrCtrl+R', run: (window) => window.webContents.reload() },
  forcereload: {
    label: 'Force Reload',
    accelerator: 'Shift+CmdOrCtrl+R',
    run: (window) => window.webContents.reloadIgnoringCache(),
  },
  toggledevtools: {
    label: 'Toggle Developer Tools',
    accelerator: isMac ? 'Alt+Command+I' : 'Ctrl+Shift+I',
    run: (window) => window.webContents.toggleDevTools(),
  },
  resetzoom: {
    label: 'Actual Size',
    accelerator: 'CmdOrCtrl+0',
    run: ({ webContents }) => webContents.setZoomLevel(0),
  },
  zoomin: {
    label: 'Zoom In',
    accelerator: 'CmdOrCtrl+Plus',
    run: ({ webContents }) => webContents.setZoomLevel(webContents.zoomLevel + 0.5),
  },
  zoomout: {
    label: 'Zoom Out',
    accelerator: 'CmdOrCtrl+-',
    run: ({ webContents }) => webContents.setZoomLevel(webContents.zoomLevel - 0.5),
  },
  togglefullscreen: {
    label: 'Toggle Full Screen',
    accelerator: isMac ? 'Control+Command+F' : 'F11',
    run: (window) => window.setFullScreen(!window.isFullScreen()),
  },
  filemenu: { label: 'File', submenu: [{ role: isMac ? 'close' : 'quit' }] },
  editmenu: {
    label: 'Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'delete' },
      { type: 'separator' },
      { role: 'selectAll' },
    ],
  },
  viewmenu: {
    label: 'View',
    submenu: [
      { role: 'reload' },
      { role: 'forceReload' },
      { role: 'toggleDevTools' },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  },
  windowmenu: { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'zoom' }, { role: 'close' }] },
  appmenu: { label: 'App', submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'quit' }] },
}

let lastCommandId = 0

/** Electron's `MenuItem`. */
export class StandInMenuItem {
  readonly id: string
  readonly type: Electron.MenuItem['type']
  readonly role?: NonNullable<Electron.MenuItem['role']>
  readonly accelerator: string | null
  readonly submenu?: StandInMenu
  readonly commandId: number
  readonly click: (event?: object, window?: unknown, contents?: unknown) => void
  readonly registerAccelerator: boolean
  label: string
  sublabel: string
  toolTip: string
  enabled: boolean
  visible: boolean
  checked: boolean
  menu!: StandInMenu

  constructor(options: Template) {
    const role = options.role === undefined ? undefined : roles[options.role.toLowerCase()]
    lastCommandId += 1
    this.commandId = lastCommandId
    this.id = options.id ?? ''
    // In lower case, as Electron's own items have it.
    if (options.role) this.role = options.role.toLowerCase() as NonNullable<Electron.MenuItem['role']>
    this.label = options.label ?? role?.label ?? ''
    this.sublabel = options.sublabel ?? ''
    this.toolTip = options.toolTip ?? ''
    this.accelerator = (options.accelerator ?? role?.accelerator) || null
    this.registerAccelerator = options.registerAccelerator ?? true
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    const submenu = options.submenu ?? role?.submenu
    if (submenu) {
      this.submenu = Array.isArray(submenu)
        ? StandInMenu.buildFromTemplate(submenu)
        : (submenu as unknown as StandInMenu)
    }
    this.type = options.type ?? (this.submenu ? 'submenu' : 'normal')
    this.click = (event = {}, window) => {
      if (!this.enabled) return
      const target = window instanceof StandInBrowserWindow ? window : StandInBrowserWindow.forMenu()
      if (this.type === 'checkbox') this.checked = !this.checked
      if (this.type === 'radio') this.checked = true
      if (options.click) options.click(this as never, target as never, event)
      else if (target || role?.run?.length === 0) role?.run?.(target as StandInBrowserWindow)
    }
  }
}

/** Electron's `Menu`. The application's menu is not drawn; its items are there to find and click, and by their keys. */
export class StandInMenu extends EventEmitter {
  static #application: StandInMenu | null = null

  static buildFromTemplate(template: readonly (Template | Electron.MenuItem)[]): StandInMenu {
    const menu = new StandInMenu()
    for (const item of template)
      menu.append(item instanceof StandInMenuItem ? item : new StandInMenuItem(item as Template))
    return menu
  }

  static setApplicationMenu(menu: object | null): void {
    StandInMenu.#application = menu as StandInMenu | null
  }

  static getApplicationMenu(): StandInMenu | null {
    return StandInMenu.#application
  }

  readonly items: StandInMenuItem[] = []

  append(item: object): void {
    this.insert(this.items.length, item)
  }

  insert(position: number, inserted: object): void {
    const item = inserted as StandInMenuItem
    item.menu = this
    this.items.splice(position, 0, item)
  }

  getMenuItemById(id: string): StandInMenuItem | null {
    return this.allItems().find((item) => item.id === id) ?? null
  }

  popup(options?: { callback?: () => void }): void {
    this.emit('menu-will-show', {})
    this.emit('menu-will-close', {})
    options?.callback?.()
  }

  closePopup(): void {}

  /** This menu's items and those of all menus in it. */
  allItems(): StandInMenuItem[] {
    return this.items.flatMap((item) => [item, ...(item.submenu?.allItems() ?? [])])
  }
}

/** Does what the application's menu has on these keys, and says whether there was something. */
export function pressAccelerator(input: KeyEvent): boolean {
  const items = StandInMenu.getApplicationMenu()?.allItems() ?? []
  const item = items.find(
    ({ accelerator, enabled, registerAccelerator }) =>
      accelerator !== null && enabled && registerAccelerator && pressed(parseAccelerator(accelerator), input),
  )
  item?.click({ triggeredByAccelerator: true })
  return item !== undefined
}
