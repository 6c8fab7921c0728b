import { record } from './records.ts'

/** The options, which may come after the window they belong to. */
function optionsOf<T>(values: readonly unknown[]): T {
  return (values.length > 1 ? values[1] : values[0]) as T
}

function messageAnswer(options: Electron.MessageBoxOptions): number {
  const cancel = options.buttons?.findIndex((label) => /^(cancel|no)$/i.test(label)) ?? -1
  return options.cancelId ?? Math.max(cancel, 0)
}

/**
 * Electron's `dialog`. Nobody is there to answer, so every question is recorded and cancelled; a test that wants
 * another answer puts its own function in place, as on Electron.
 */
export const dialog = {
  async showMessageBox(...values: unknown[]): Promise<Electron.MessageBoxReturnValue> {
    const options = optionsOf<Electron.MessageBoxOptions>(values)
    record('dialog.showMessageBox', options)
    return { response: messageAnswer(options), checkboxChecked: options.checkboxChecked ?? false }
  },
  showMessageBoxSync(...values: unknown[]): number {
    const options = optionsOf<Electron.MessageBoxOptions>(values)
    record('dialog.showMessageBoxSync', options)
    return messageAnswer(options)
  },
  async showOpenDialog(...values: unknown[]): Promise<Electron.OpenDialogReturnValue> {
    record('dialog.showOpenDialog', optionsOf(values))
    return { canceled: true, filePaths: [] }
  },
  async showSaveDialog(...values: unknown[]): Promise<Electron.SaveDialogReturnValue> {
    record('dialog.showSaveDialog', optionsOf(values))
    return { canceled: true, filePath: '' }
  },
  showErrorBox(title: string, content: string): void {
    record('dialog.showErrorBox', { title, content })
    console.error(`${title}: ${content}`)
  },
}
