import { EventEmitter } from 'node:events'

const area = { x: 0, y: 0, width: 1920, height: 1080 }
const display = { id: 1, bounds: area, workArea: area, scaleFactor: 1 } as Electron.Display

/** Electron's `screen`, with one display of a common size. */
class StandInScreen extends EventEmitter {
  getPrimaryDisplay(): Electron.Display {
    return display
  }

  getAllDisplays(): Electron.Display[] {
    return [display]
  }
}

export const screen = new StandInScreen()
