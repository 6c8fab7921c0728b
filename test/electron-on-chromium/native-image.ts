import { readFileSync } from 'node:fs'

/** Electron's `NativeImage`, as far as bytes go: nothing here decodes a picture. */
export class StandInNativeImage {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  isEmpty(): boolean {
    return this.#bytes.length === 0
  }

  toPNG(): Buffer {
    return this.#bytes
  }

  toDataURL(): string {
    return `data:image/png;base64,${this.#bytes.toString('base64')}`
  }

  /** From a PNG's own header. */
  getSize(): { width: number; height: number } {
    if (this.#bytes.length < 24) return { width: 0, height: 0 }
    return { width: this.#bytes.readUInt32BE(16), height: this.#bytes.readUInt32BE(20) }
  }

  setTemplateImage(_isTemplate: boolean): void {}

  resize(_options: object): StandInNativeImage {
    return this
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

const image = (bytes: Buffer) => new StandInNativeImage(bytes) as unknown as Electron.NativeImage

export const nativeImage = {
  createEmpty: (): Electron.NativeImage => image(Buffer.alloc(0)),
  createFromPath: (path: string): Electron.NativeImage => image(read(path)),
  createFromBuffer: (buffer: Buffer): Electron.NativeImage => image(buffer),
  createFromDataURL: (url: string): Electron.NativeImage =>
    image(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')),
}
