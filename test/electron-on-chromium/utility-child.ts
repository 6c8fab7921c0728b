import { pathToFileURL } from 'node:url'

// What a utility process of Electron's has: a port to its app in place of Node's channel, its own arguments, and an end
// with its app's.
const [execPath = '', , modulePath = '', ...rest] = process.argv
process.argv = [execPath, modulePath, ...rest]
Object.assign(process, {
  type: 'utility',
  parentPort: {
    once: (event: 'message', listener: (message: { readonly data: unknown }) => void) =>
      process.once(event, (data) => listener({ data })),
  },
})
delete process.send
process.once('disconnect', () => process.exit(0))
await import(pathToFileURL(modulePath).href)
