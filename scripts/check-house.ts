import { faultsBelow } from './house.ts'

/** Who imports whom, and how long a file is (ARCHITECTURE.md, "The house"). Prints what breaks a rule. */
const faults = faultsBelow(process.argv[2] ?? process.cwd())
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
