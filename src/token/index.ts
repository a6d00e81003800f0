/** Tokens: what the network reads of a packet, and which header field each token comes from. */
export { type Batch, createBatch, Token, VOCABULARY } from './batch.ts';
export { createTokenDropout, type TokenDropout } from './dropout.ts';
export {
  createEncoder,
  type EncodeOptions,
  type ReadFrom,
  readFroms,
  readStart,
  type TokenEncoder,
} from './encode.ts';
export { createFieldPlaces, type FieldPlaces } from './field-places.ts';
export { fieldNames } from './fields.ts';
export {
  type DerivedRule,
  derivedFields,
  derivedRules,
  hideableFields,
  resolveHide,
} from './hide.ts';
export { asInNotebook, bytePlace, mostTokens, type NotebookOptions, type TokenOptions } from './notebook.ts';
export { createSight } from './sight.ts';
export { COMMONEST, commonestLayouts, type HeaderFields, type UnreadKind, unreadKinds } from './unread.ts';
