import { EventEmitter } from 'node:events'

const area = { x: 0, y: 0, width: 1920, height: 1080 }

function display(): Electron.Display {
  return {
    id: 1,
    label: 'The only one',
    bounds: { ...area },
    workArea: { ...area },
    size: { width: area.width, height: area.height },
    workAreaSize: { width: area.width, height: area.height },
    scaleFactor: 1,
    rotation: 0,
    internal: false,
  } as Electron.Display
}

/** Electron's `screen`, with one display of a common size. */
export class StandInScreen extends EventEmitter {
  getPrimaryDisplay(): Electron.Display {
    return display()
  }

  getAllDisplays(): Electron.Display[] {
    return [display()]
  }

  getDisplayMatching(_rectangle: Electron.Rectangle): Electron.Display {
    return display()
  }

  getDisplayNearestPoint(_point: Electron.Point): Electron.Display {
    return display()
  }

  getCursorScreenPoint(): Electron.Point {
    return { x: 0, y: 0 }
  }
}

export const screen = new StandInScreen()
