/** A failure whose message is a whole sentence for the person: what went wrong, and what to do. */
export class Explained extends Error {
  override readonly name = 'Explained'
}

/** Has a script that fails with an {@link Explained} print its sentence and nothing else, and end with 1. */
export function explainFailures(): void {
  process.on('uncaughtException', (error) => {
    console.error(error instanceof Explained ? error.message : error)
    process.exit(1)
  })
}
