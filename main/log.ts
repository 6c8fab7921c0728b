/**
 * Makes the log that faults go to: what happened, the kind of error and where, never its message. Messages can quote
 * what was being read, which may be a secret (row C1).
 */
export function createLog(write: (line: string) => void): (what: string, error?: unknown) => void {
  return (what, error) => {
    if (!(error instanceof Error)) {
      write(what)
      return
    }
    const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
    write([`${what}: ${error.name}`, ...frames.slice(0, 6)].join('\n'))
  }
}
