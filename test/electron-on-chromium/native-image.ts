/** Electron's `NativeImage`: nothing here draws, so that an icon is only its data. */
class StandInNativeImage {
  resize(_options: object): StandInNativeImage {
    return this
  }

  setTemplateImage(_isTemplate: boolean): void {}
}

export const nativeImage = {
  createFromDataURL: (_url: string): Electron.NativeImage =>
    new StandInNativeImage() as unknown as Electron.NativeImage,
}
