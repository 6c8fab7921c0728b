import { Menu, nativeImage, Tray } from 'electron'

/** A clock face at the hour of curfew, 32 pixels wide; black on clear, so that macOS can colour it. */
const face = [
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAQAAADZc7J/AAAA40lEQVR42rVVbRXDIAyMBSzMwixgoRZiAS2zUC1YwAIWGN2g',
  'e4N8FB5t/vSV3pEcyQFw22PAAoLLgfnNjIERPKQmfP56ERw7cI2okRjYWXCNnS/nAUGFHxHyn+TugUyZKilQWVDJY1GFKqST',
  'jkp2+6xt5FojZxwmiPr+MsFfDn6KwP/0T1MEqZ6FnSawsgI6QVHBTRM4maAs6wSoHNJLK8GyycvwU0TT9ZgVJ6Q7xraR8Bxv',
  'L8I918pfgqfqDsgNE+cCwjBJzXRpf10u1VBoS+Nd0dxgqgtsfcHFsuRqW3K5DjxvivNU2RenOXEAAAAASUVORK5CYII=',
].join('')

export interface TrayActions {
  readonly lock: () => void
  readonly open: () => void
  readonly quit: () => void
}

/** The icon beside the computer's clock: says whether Curfew is locked. Once the app is ready. */
export interface AppTray {
  show(isUnlocked: boolean): void
}

/** Puts the icon there; a desktop that has no place for one is no fault. */
export function createTray({ lock, open, quit }: TrayActions): AppTray {
  const icon = nativeImage
    .createFromDataURL(`data:image/png;base64,${face}`)
    .resize({ width: 16, height: 16 })
  icon.setTemplateImage(true)
  const tray = new Tray(icon)
  tray.on('click', open)
  return {
    show(isUnlocked) {
      tray.setToolTip(isUnlocked ? 'Curfew — unlocked' : 'Curfew — locked')
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: isUnlocked ? 'Curfew is unlocked' : 'Curfew is locked', enabled: false },
          { type: 'separator' },
          { id: 'open', label: 'Open', click: open },
          { id: 'lock', label: 'Lock now', enabled: isUnlocked, click: lock },
          { type: 'separator' },
          { id: 'quit', label: 'Quit', click: quit },
        ]),
      )
    },
  }
}
