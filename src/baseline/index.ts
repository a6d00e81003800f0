/** Baselines: what simpler means find in the very sessions that the network was tested on. */
export {
  type BaselineInput,
  type BaselineRun,
  type BaselineRuns,
  type BaselineScores,
  createRuleVerdicts,
  type RuleVerdicts,
  runBaselines,
} from './compare.ts';
export { ruleNames } from './rules.ts';
export { calledAtMost, scoreSupervised } from './supervised.ts';
export {
  createSurprises,
  everySoMany,
  learnSurprise,
  type Surprise,
  type SurpriseModel,
  type Surprises,
  type SurprisingField,
} from './surprise.ts';
export { baselineTable, chooseBest, type NetworkCalls } from './table.ts';
