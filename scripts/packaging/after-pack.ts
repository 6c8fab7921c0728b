import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AfterPackContext } from 'electron-builder'

/**
 * electron-builder writes `NSAllowsArbitraryLoads: true` into an app for macOS whatever its configuration says. It is put
 * right here, before the app is signed.
 */
export function afterPack({ electronPlatformName, appOutDir, packager }: AfterPackContext): void {
  if (electronPlatformName !== 'darwin' && electronPlatformName !== 'mas') return
  const file = join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Info.plist')
  const before = readFileSync(file, 'utf8')
  const after = before.replace(/(<key>NSAllowsArbitraryLoads<\/key>\s*)<true\s*\/>/g, '$1<false/>')
  writeFileSync(file, after)
}
