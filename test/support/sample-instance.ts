import type { Instance } from '../../domain/instance.ts'

/** An instance as an earlier Curfew added it: nobody has noted yet which server it is. */
export const sampleInstance: Instance = {
  id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
  name: 'Production',
  colour: 'red',
  environment: '',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
