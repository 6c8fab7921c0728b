import { app, Menu, type MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  readonly lock: () => void
  readonly isUnlocked: boolean
  readonly developerTools: boolean
}

/** The application's menu: the platform's own entries, and *Lock now*, which says when Curfew is locked. */
export function setMenu({ lock, isUnlocked, developerTools }: MenuActions): void {
  const mac = process.platform === 'darwin'
  const lockItem: MenuItemConstructorOptions = {
    id: 'lock',
    label: isUnlocked ? 'Lock now' : 'Curfew is locked',
    accelerator: 'CmdOrCtrl+L',
    enabled: isUnlocked,
    click: lock,
  }
  const template: MenuItemConstructorOptions[] = [
    mac
      ? {
          label: app.name,
          submenu: [
            { role: 'about' },
            { type: 'separator' },
            lockItem,
            { type: 'separator' },
            { role: 'hide' },
            { role: 'hideOthers' },
            { role: 'unhide' },
            { type: 'separator' },
            { role: 'quit' },
          ],
        }
      : { label: '&File', submenu: [lockItem, { type: 'separator' }, { role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(developerTools ? [{ role: 'toggleDevTools' } as const] : []),
      ],
    },
    { role: 'windowMenu' },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
