let text = ''

/** Electron's `clipboard`, in memory: nobody's real clipboard is touched. */
export const clipboard = {
  readText: async (): Promise<string> => text,
  writeText: async (written: string): Promise<void> => {
    text = written
  },
}
