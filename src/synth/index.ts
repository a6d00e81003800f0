export {
  type SyntheticDay,
  syntheticDays,
  type WriteOptions,
  type WrittenDay,
  writeSyntheticDays,
} from './days.ts';
export { type SyntheticPacket, syntheticPackets } from './network.ts';
export { captureChunks, type SyntheticCapture, writeSyntheticCapture } from './pcap.ts';
export { defaultRecipe, type Recipe } from './recipe.ts';
