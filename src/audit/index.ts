/** The audit of a run: what stands against its score. */
export { type Audit, areas, type Check, type Pitfall } from './audit.ts';
export { type AuditInput, makeAudit } from './make.ts';
export { auditMetrics } from './metrics.ts';
