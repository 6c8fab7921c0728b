import { join } from 'node:path'
import { app, BrowserWindow, type IpcMainInvokeEvent, ipcMain, protocol } from 'electron'
import { fail, succeed } from '../../../domain/problem.ts'
import { type Handlers, openDoor } from '../../../main/ipc/door.ts'
import type { ChannelName } from '../../../preload/contract/index.ts'
import { contract } from '../../../preload/contract/index.ts'

// A window with the real door over one handler that does nothing, and beside it the same call without the door.
const answer = succeed({
  endsSessions: 12,
  endsUsers: 9,
  endsYours: false,
  byKind: { web: 10, token: 1, kubernetes: 1 },
})
const handlers = Object.fromEntries(
  (Object.keys(contract) as ChannelName[]).map((channel) => [
    channel,
    () => (channel === 'policy.preview' ? answer : fail({ code: 'unsupported', message: 'Not measured.' })),
  ]),
) as unknown as Handlers

protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }])
let window: BrowserWindow | undefined
openDoor<IpcMainInvokeEvent>(
  {
    listen: (channel, listener) => ipcMain.handle(channel, listener),
    isTrusted: (event) => event.senderFrame === window?.webContents.mainFrame,
    unlockedPeriod: () => 1,
    report: () => {},
  },
  handlers,
)
ipcMain.handle('bare', () => answer)

void app.whenReady().then(() => {
  protocol.handle('app', () => new Response('<p>Ready</p>', { headers: { 'content-type': 'text/html' } }))
  window = new BrowserWindow({
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
    },
  })
  return window.loadURL('app://bench/index.html')
})
