/** How often a property is tried: a hundredth where bugs are put in one at a time, since each of them tries it anew. */
export const runsOf = (count: number): number =>
  process.env['CURFEW_MUTANTS_TESTS'] === undefined ? count : Math.ceil(count / 100)
