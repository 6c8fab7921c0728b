import { enableCompileCache } from 'node:module'

enableCompileCache?.()

const { startHost } = await import('./start-host.ts')
await startHost(process.argv.slice(2))
