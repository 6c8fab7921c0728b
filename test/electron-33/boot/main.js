// All that is put into the runtime itself: it runs the loader that is named first on the command line.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const loader = process.argv.slice(1).find((argument) => !argument.startsWith('-'))
if (loader === undefined) {
  console.error('Usage: electron <loader> <app folder or main module> [arguments…]')
  process.exit(2)
}
await import(pathToFileURL(resolve(loader)).href)
