/** Baselines: what simpler means find in the very sessions that the network was tested on. */
export {
  type BaselineInput,
  type BaselineRun,
  type BaselineScores,
  createRuleVerdicts,
  type RuleVerdicts,
  runBaselines,
} from './compare.ts';
export { ruleNames } from './rules.ts';
export {
  createSurprises,
  everySoMany,
  learnSurprise,
  type Surprise,
  type SurpriseModel,
  type Surprises,
  type SurprisingField,
} from './surprise.ts';
export { baselineTable, bestByKind } from './table.ts';
