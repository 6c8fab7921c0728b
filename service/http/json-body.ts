import { cut } from '../text.ts'
import { Problem } from './problem.ts'

/** Finds an object that names a key twice in JSON that `JSON.parse` has accepted. */
function findDuplicateKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const start = at
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
      const keys = objects.at(-1)
      if (keys && expectsKey) {
        const key = JSON.parse(text.slice(start, at + 1)) as string
        if (keys.has(key)) return key
        keys.add(key)
        expectsKey = false
      }
    } else if (character === '{') {
      objects.push(new Set())
      expectsKey = true
    } else if (character === '[') {
      objects.push(undefined)
    } else if (character === '}' || character === ']') {
      objects.pop()
    } else if (character === ',') {
      expectsKey = true
    }
  }
  return undefined
}

const deepest = 32

function depthOf(text: string): number {
  let [depth, most] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x5b || character === 0x7b) most = Math.max(most, ++depth)
    else if (character === 0x5d || character === 0x7d) depth--
  }
  return most
}

/**
 * Reads a JSON body. What two readers could take for two different things is refused: a key given twice,
 * `__proto__`, deep nesting.
 *
 * @throws Problem `invalid`
 */
export function parseJsonBody(body: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Problem('invalid', 'The body is not UTF-8.')
  }
  if (text.trim() === '') return undefined
  if (depthOf(text) > deepest) throw new Problem('invalid', 'The body is nested too deeply.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('invalid', 'The body is not JSON.')
  }
  const key = findDuplicateKey(text)
  if (key !== undefined)
    throw new Problem('invalid', 'The body names a key twice.', {
      errors: [
        { field: cut(key.toWellFormed(), 100), code: 'duplicate', message: 'This key is given twice.' },
      ],
    })
  return value
}
