/**
 * Reads the class names of a CSS module.
 *
 * @returns the full name of a class; a class that the module does not have is a mistake, which development shows
 */
export function classesIn(module: Readonly<Record<string, string>>) {
  return (name: string): string => {
    const full = module[name]
    if (full === undefined && import.meta.env.DEV) throw new Error(`There is no class “${name}”.`)
    return full ?? ''
  }
}
