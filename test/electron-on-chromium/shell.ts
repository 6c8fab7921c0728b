import { record } from './records.ts'

/** Electron's `shell`: what it would open is recorded, nothing is opened. */
export const shell = {
  async openExternal(url: string): Promise<void> {
    record('shell.openExternal', url)
  },
  async openPath(path: string): Promise<string> {
    record('shell.openPath', path)
    return ''
  },
  showItemInFolder(path: string): void {
    record('shell.showItemInFolder', path)
  },
  beep(): void {
    record('shell.beep', undefined)
  },
}
