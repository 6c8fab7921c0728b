import { pathToFileURL } from 'node:url'

// What a utility process of Electron's has: no Node channel, its own arguments, and an end with its app's.
const [execPath = '', , modulePath = '', ...rest] = process.argv
process.argv = [execPath, modulePath, ...rest]
Object.assign(process, { type: 'utility' })
delete process.send
process.once('disconnect', () => process.exit(0))
await import(pathToFileURL(modulePath).href)
