import { app, BrowserWindow, protocol } from 'electron'

// The least a window can be: what starting the host alone costs.
protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }])
void app.whenReady().then(() => {
  protocol.handle('app', () => new Response('<p>hello</p>', { headers: { 'content-type': 'text/html' } }))
  return new BrowserWindow().loadURL('app://hello/index.html')
})
