import { expect, test } from 'vitest'
import { readDevelopment } from '../../../main/shell/development.ts'

const env = {
  CURFEW_DEV_SERVER: 'http://127.0.0.1:5183',
  CURFEW_KEYCHAIN_SERVICE: 'Other',
  CURFEW_LOCK_TIME_SCALE: '60',
  CURFEW_POLICY_FILE: '/policy.json',
  CURFEW_SERVICE_TIME_SCALE: '60',
}
const none = { keychainService: 'Curfew', lockTimeScale: 1, serviceTimeScale: 1 }

test('a packaged build takes nothing from the environment', () => {
  expect(readDevelopment(true, env)).toEqual(none)
})

test('an unpackaged one does, but a clock can only be made faster', () => {
  expect(readDevelopment(false, env)).toEqual({
    server: new URL('http://127.0.0.1:5183'),
    keychainService: 'Other',
    lockTimeScale: 60,
    managedSettingsFile: '/policy.json',
    serviceTimeScale: 60,
  })
  expect(readDevelopment(false, { CURFEW_LOCK_TIME_SCALE: '0.001' })).toEqual(none)
  expect(readDevelopment(false, { CURFEW_LOCK_TIME_SCALE: 'NaN' })).toEqual(none)
})
