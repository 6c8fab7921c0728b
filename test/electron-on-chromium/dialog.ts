/** Electron's `dialog`, printed. A question is answered by nobody here, so with what closing it means. */
export const dialog = {
  async showMessageBox(
    ...given: readonly [Electron.MessageBoxOptions] | readonly [unknown, Electron.MessageBoxOptions]
  ): Promise<Electron.MessageBoxReturnValue> {
    const options = given.at(-1) as Electron.MessageBoxOptions
    console.error(`${options.message} ${options.detail ?? ''}`)
    return { response: options.cancelId ?? 0, checkboxChecked: false }
  },
  showErrorBox(title: string, content: string): void {
    console.error(`${title}: ${content}`)
  },
}
