import { Menu, nativeImage, Tray } from 'electron'

/** A clock face at the hour of curfew, 32 pixels wide; black on clear, so that macOS colours it for its bar. */
const template = [
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAQAAADZc7J/AAAA40lEQVR42rVVbRXDIAyMBSzMwixgoRZiAS2zUC1YwAIWGN2g',
  'e4N8FB5t/vSV3pEcyQFw22PAAoLLgfnNjIERPKQmfP56ERw7cI2okRjYWXCNnS/nAUGFHxHyn+TugUyZKilQWVDJY1GFKqST',
  'jkp2+6xt5FojZxwmiPr+MsFfDn6KwP/0T1MEqZ6FnSawsgI6QVHBTRM4maAs6wSoHNJLK8GyycvwU0TT9ZgVJ6Q7xraR8Bxv',
  'L8I918pfgqfqDsgNE+cCwjBJzXRpf10u1VBoS+Nd0dxgqgtsfcHFsuRqW3K5DjxvivNU2RenOXEAAAAASUVORK5CYII=',
].join('')

/** The app's own icon, 32 pixels wide, which stands out on dark bars and on light ones. */
const coloured = [
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAYAAABzenr0AAAGp0lEQVRYw82XbWxT1xnHf+fca99rO7GT2OQFCHlPgLZqCVuBdAXRTVvR',
  'RrVPk7q0UzOmFVaWFWn7tA/7MHXStk7TQHvhw6ArZdUmVdroCoxWRUCB0LLCWkZiY1IGAeImzovjt2v73rMPSSgEO2Vl0/ZIV7J1zz3P',
  '/3n5/89z4H9s4uY/Da1PkE4NycUNX242zOo1mmY0A8Zd+rBsxxq0MiN91y6/OujxLbQvXXjxdgAru36NlR2p8lcu3+o2Kr8upVEvhJRz',
  'MH4CUyjlKMfJXclZY7sTE/07TLM6fvr40x8BeGDVz8jnpqoqQ52/MIzgV4XU5H8j3cqxlWXFX56In+nVXf742VPb0Bpaugm//7xou2fr',
  '90yzuldITSqlEKJ45EoplALHuelRN9V0nu+ElELTzHs13WO9c2zTkcbWryE6u36JcvJtgar7Dum6r7GUc6UUjgOmKamtNqirNQn4dRCQ',
  'SBS4NpwlFrPIZB2kpOQeQggKhfTlybFzn5eaK6wHKpaTSV9fJaXRUCwCpRSOgnKfzppVFTyyNkR7qw9/uY6U02sdRzGVLBCJpnjzaJyT',
  'p8ZJJAtIcet+s781adQbngWrvb7FYb0y1Enu6hvNQkhRKt1L28ro6V5M5wMBslmbgQspItEkI6M5AEJBN+2tPpZ1lNF5f4Az6yZ5Ye8Q',
  '/eEkUCSjQgpNGi2h6i500+sHhDm322edf7qzgt7NjSwIuTl8LM6+/TEuDqbIZB0qK1wAjE/kMU1JS5OXxzbUsO4zQb7/3Va277zE26cn',
  'SoDA8JVLdDFDlbnmzETeu7kRv19n567LvHboQyxrusYej2TbM01IKfjR81Gyls0/+pNEB9P0R5L0PFFP79ONPDcV5Xw4iSaKaJAAWapj',
  'y8t0nupezIKQm90vDfGn14bJ5x20mZ1cuqS2xqC2xsDlmqmtJsjnHfbtj7FrzxVCQTdPdS/GX6ajlCrKjqIAHAfWPFjByhUBjrw1xv5D',
  'H85LsVvCmllz8PUR3jwap/P+AA+trsRxuDMASilMU7L+4RDZjM2+AzEsy7kj5zeDsHIOrx6IkU7brF8bxOORRbNQBADUVht0tPkYiKS4',
  'OJhCfgJdlBIGP0hzPpykrcVHXY1JsSoUBVBXa+Iv14lcTJLJOiVE5eOzkLUcItEU5eU6dbXGLYo5L4CAf1pkRuP5oo4cB/x+Ha9XK9lc',
  's3vFx3JIIagIuIqRjX8ruUqBbSsWLTT59jcbqasxGIikyGadeb+Zz/TbUweTiQKOowhWuZjN/uxZ0NrspXdzE8s6yjjw+gi79lwhXyhe',
  'JiGmVVIpxWQiX/RkLwrgeixLYqpAe6sP05TkctMR3ndPOd/Z0kT9IpNX/nydPX+4Sjpt3zgT5rLJMCTtrT6mpgpcu25RZNntJRACYjGL',
  'SDTF0vYyWpq8OA4Ybkn3VxaxaKHJiy9fZffeoZLOZ/ukudHLso4yLlxMMxyzEHeWAUEm63D4WJxPrQiwcUMN0cE0ubziLwdjHHxjhON9',
  'Y9i2KulcKYXbLdm4oRqfV+PwsVHSGfuGis4LYJbDJ0+N87ezk6x/OMhAOMm+AzHeOjl+4/18gwfAo59bwCNrQ5x5L8HxvvGSWiJLcTiR',
  'LPC73w8xGs/R82Q9GzfUYLjlPN2usG2Frku+9GgNm56sZ2wizwt7h5hMFEoClkWG4+kXAvrDSbbvvEQyVWDLpga2bW1i+dIy3C6JbSsK',
  'henHthUul2RZRxnPfquJLd9oIJWx2fGbS5wfmCoVvUKBnklPAcqaVom504vi7dMTPPfTKD3d9Xx2XYiuByvpDycJR1PE4znUnIHE69X4',
  '+/sJdr80xPmBKYQoWS4rlVTo4/F3sW1rUClHzZ2KZkGcDyf54U8u8NDqStavDdLRXsbKFYGPRjKlSCZtItEUh4+OcrxvnMlEoXSvKEfZ',
  'tjU4GjuBWNn1Kxwn3x6ouveQrvsaPm4o9XgkdTUmC+sMAv7piWgykefadYvhmEU6Y9/ZUDp+7gtSugc0t1HFwHs/Hlu45LEKXfetE1KK',
  'YiCEEEgpKBQU4xN5/nklSySaIhJNcXkoy+Rk/gY153OulI2VHd3xztGeVwwzpGYuJj+nkE8EK4Irthtm8HEhtLu9DpVgiq2s7NgfJ8bO',
  'bnW5ykfP9D2LBjB89a8saX48k5waPKJppiWk3iyQfhD/GSDKUbadvWplR3ckxs/9wPTUjr574pnb+dfY1kM2fU2rW/LFFsNc0DVzOTXv',
  '+nJqW4NWduTE8NDBqOmpsz+I/Jb/G/sXX4YTlJAEGUQAAAAASUVORK5CYII=',
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
  const isMac = process.platform === 'darwin'
  const icon = nativeImage
    .createFromDataURL(`data:image/png;base64,${isMac ? template : coloured}`)
    .resize({ width: 16, height: 16 })
  icon.setTemplateImage(isMac)
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
