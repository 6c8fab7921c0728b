// Stands in a utility process's place and runs its entry on another Node: output, messages to it, SIGTERM and exit code pass
// through.
import { spawn } from 'node:child_process'

const [node, entry, ...args] = process.argv.slice(2)
const child = spawn(node, ['--disable-warning=ExperimentalWarning', entry, ...args], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
process.parentPort.on('message', ({ data }) => child.send(data))
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
