/** Electron's `dialog`, printed. */
export const dialog = {
  showErrorBox(title: string, content: string): void {
    console.error(`${title}: ${content}`)
  },
}
