const { contextBridge, ipcRenderer } = require('electron')

contextBridge.exposeInMainWorld('bench', {
  door: (argument) => ipcRenderer.invoke('policy.preview', argument),
  bare: (argument) => ipcRenderer.invoke('bare', argument),
})
