import { readFile } from 'node:fs/promises'
import { extname, isAbsolute, join, relative } from 'node:path'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** One file of the window's pages. */
export interface PageFile {
  readonly content: Buffer
  readonly contentType: string
}

/**
 * Finds the file a URL of the app's scheme names, inside the folder of the built pages and nowhere else:
 * containment is decided on the resolved path (ARCHITECTURE.md, "Hardening").
 *
 * @returns `undefined` for whatever is not a file of a known type in there
 */
export async function readPageFile(folder: string, url: string): Promise<PageFile | undefined> {
  const path = pagePath(folder, url)
  const contentType = path && contentTypes[extname(path)]
  if (!path || !contentType) return undefined
  try {
    return { content: await readFile(path), contentType }
  } catch {
    return undefined
  }
}

/** The file path a URL names, or `undefined` where it leaves the folder or is no proper path. */
export function pagePath(folder: string, url: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(new URL(url).pathname)
  } catch {
    return undefined
  }
  // A colon would name a drive or another stream of the file on Windows.
  if (/[\0\\:]/.test(name)) return undefined
  const path = join(folder, name)
  const within = relative(folder, path)
  return within === '' || within.startsWith('..') || isAbsolute(within) ? undefined : path
}
